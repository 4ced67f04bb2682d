"""Public streams are shown to everybody signed in, in the database's own policies too."""

from django.db import migrations

SCOPED = (
    "owner_id = row_scope_user() OR row_scope_reaches_script(row_scope_user(), script_id) "
    "OR tenant_id = ANY (row_scope_tenants())"
)
PUBLIC = "(public AND row_scope_user() IS NOT NULL)"

REACHES = """
CREATE OR REPLACE FUNCTION row_scope_reaches_stream(reader bigint, the_stream bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    asked_in text := coalesce(current_setting('signalhub.scope', true), '');
    answer boolean;
BEGIN
    PERFORM set_config('signalhub.scope', 'platform', true);
    answer := EXISTS (
        SELECT FROM streams_stream t
        WHERE t.id = the_stream
        AND (t.owner_id = reader{public} OR row_scope_reaches_script(reader, t.script_id) OR EXISTS (
            SELECT FROM accounts_membership m
            WHERE m.tenant_id = t.tenant_id AND m.user_id = reader)));
    PERFORM set_config('signalhub.scope', asked_in, true);
    RETURN answer;
END $$;
"""


def policy(condition: str) -> str:
    return (
        "ALTER POLICY scope ON streams_stream USING ("
        f"current_setting('signalhub.scope', true) = 'platform' OR ({condition}));"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("signalhub", "0009_dead_letters_are_their_houses"),
        ("streams", "0008_public_streams"),
    ]
    operations = [
        migrations.RunSQL(policy(f"{SCOPED} OR {PUBLIC}"), policy(SCOPED)),
        migrations.RunSQL(
            REACHES.format(public=" OR (t.public AND reader IS NOT NULL)"),
            REACHES.format(public=""),
        ),
    ]
