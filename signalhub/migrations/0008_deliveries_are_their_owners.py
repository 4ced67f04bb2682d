from django.db import migrations

from common.row_scope import protect

ME = "row_scope_user()"
# Where somebody has things sent is theirs; the operators of their house look after it.
OPERATES_FOR = """
CREATE FUNCTION row_scope_operates_for(reader bigint, other bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    asked_in text := coalesce(current_setting('signalhub.scope', true), '');
    answer boolean;
BEGIN
    PERFORM set_config('signalhub.scope', 'platform', true);
    answer := EXISTS (
        SELECT FROM accounts_membership m
        JOIN accounts_membership o ON o.tenant_id = m.tenant_id
        WHERE m.user_id = reader AND m.role IN ('operator', 'admin') AND o.user_id = other);
    PERFORM set_config('signalhub.scope', asked_in, true);
    RETURN answer;
END $$;
"""
ITS_DESTINATION = "EXISTS (SELECT FROM streams_destination d WHERE d.id = destination_id)"
POLICIES = {
    "streams_destination": f"owner_id = {ME} OR row_scope_operates_for({ME}, owner_id)",
    "streams_following": ITS_DESTINATION,
    "streams_delivery": ITS_DESTINATION,
}


class Migration(migrations.Migration):
    dependencies = [
        ("signalhub", "0007_signal_batches_are_their_producers"),
        ("streams", "0007_deliveries"),
    ]
    operations = [
        migrations.RunSQL(OPERATES_FOR, "DROP FUNCTION row_scope_operates_for(bigint, bigint);"),
        *(migrations.RunSQL(*protect(table, seen)) for table, seen in POLICIES.items()),
    ]
