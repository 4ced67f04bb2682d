from django.db import migrations

ME = "row_scope_user()"
OWNED = f"owner_id = {ME} OR row_scope_reaches_script({ME}, script_id)"
HOUSED = "tenant_id = ANY (row_scope_tenants())"

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
        AND (t.owner_id = reader OR row_scope_reaches_script(reader, t.script_id){housed}));
    PERFORM set_config('signalhub.scope', asked_in, true);
    RETURN answer;
END $$;
"""
BY_MEMBERSHIP = """ OR EXISTS (
            SELECT FROM accounts_membership m
            WHERE m.tenant_id = t.tenant_id AND m.user_id = reader)"""


def policy(condition: str) -> str:
    return (
        "ALTER POLICY scope ON streams_stream USING ("
        f"current_setting('signalhub.scope', true) = 'platform' OR ({condition}));"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("signalhub", "0004_credentials_are_their_owners"),
        ("streams", "0005_streams_of_houses"),
    ]
    operations = [
        migrations.RunSQL(policy(f"{OWNED} OR {HOUSED}"), policy(OWNED)),
        migrations.RunSQL(REACHES.format(housed=BY_MEMBERSHIP), REACHES.format(housed="")),
    ]
