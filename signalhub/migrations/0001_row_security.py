"""Row-level security: what a user's scope may see of every table that holds tenants' data.

It speaks of tables of all apps, and so stands where all of them are known.
"""

from django.db import migrations

from common.row_scope import protect

# Each function looks in the platform's scope and goes back to the one it was asked in: what
# somebody may see rests on rows (memberships, entitlements) that are themselves protected. An error
# undoes the change of scope with everything else. (``CREATE FUNCTION … SET`` would say the same,
# but only a superuser may write it for a parameter of ours.)
FUNCTIONS = """
CREATE FUNCTION row_scope_user() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN current_setting('signalhub.scope', true) ~ '^[0-9]+$'
                THEN current_setting('signalhub.scope', true)::bigint END
$$;

CREATE FUNCTION row_scope_tenants() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN current_setting('signalhub.scope', true) ~ '^[0-9]+$'
                THEN current_setting('signalhub.tenants', true)::bigint[] END
$$;

-- The scripts of other houses to which a right of the reader's reaches.
CREATE FUNCTION row_scope_reached() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN current_setting('signalhub.scope', true) ~ '^[0-9]+$'
                THEN current_setting('signalhub.reached', true)::uuid[] END
$$;

-- Begin the scope of a user. What every script's row is compared with is looked up once, here: a
-- policy that asked for each row would cost more than the query that it stands beside.
CREATE FUNCTION row_scope_enter(reader bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('signalhub.scope', 'platform', false);
    PERFORM set_config('signalhub.tenants', ARRAY(
        SELECT DISTINCT m.tenant_id FROM accounts_membership m WHERE m.user_id = reader
    )::text, false);
    PERFORM set_config('signalhub.reached', ARRAY(
        SELECT p.script_id FROM registry_productsubscription b
        JOIN registry_product p ON p.id = b.product_id
        WHERE b.user_id = reader AND b.cancelled_at IS NULL
        AND (b.ends_at IS NULL OR b.ends_at > clock_timestamp())
        UNION
        SELECT e.script_id FROM registry_entitlement e
        JOIN accounts_membership m ON m.tenant_id = e.organisation_id
        WHERE m.user_id = reader AND e.revoked_at IS NULL
        AND (e.ends_at IS NULL OR e.ends_at > clock_timestamp())
    )::text, false);
    PERFORM set_config('signalhub.scope', reader::text, false);
END $$;

CREATE FUNCTION row_scope_shares_house(reader bigint, other bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    asked_in text := coalesce(current_setting('signalhub.scope', true), '');
    answer boolean;
BEGIN
    PERFORM set_config('signalhub.scope', 'platform', true);
    answer := EXISTS (
        SELECT FROM accounts_membership m
        JOIN accounts_membership o ON o.tenant_id = m.tenant_id
        WHERE m.user_id = reader AND o.user_id = other);
    PERFORM set_config('signalhub.scope', asked_in, true);
    RETURN answer;
END $$;

-- A script of the reader's own house.
CREATE FUNCTION row_scope_houses_script(reader bigint, the_script uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    asked_in text := coalesce(current_setting('signalhub.scope', true), '');
    answer boolean;
BEGIN
    PERFORM set_config('signalhub.scope', 'platform', true);
    answer := EXISTS (
        SELECT FROM registry_script s
        JOIN accounts_membership m ON m.tenant_id = s.tenant_id
        WHERE s.id = the_script AND m.user_id = reader);
    PERFORM set_config('signalhub.scope', asked_in, true);
    RETURN answer;
END $$;

-- That, or one to which a right reaches from another house: a subscription, an organisation.
CREATE FUNCTION row_scope_reaches_script(reader bigint, the_script uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    asked_in text := coalesce(current_setting('signalhub.scope', true), '');
    answer boolean;
BEGIN
    PERFORM set_config('signalhub.scope', 'platform', true);
    answer := EXISTS (
        SELECT FROM registry_script s
        JOIN accounts_membership m ON m.tenant_id = s.tenant_id
        WHERE s.id = the_script AND m.user_id = reader)
    OR EXISTS (
        SELECT FROM registry_productsubscription b
        JOIN registry_product p ON p.id = b.product_id
        WHERE p.script_id = the_script AND b.user_id = reader AND b.cancelled_at IS NULL
        AND (b.ends_at IS NULL OR b.ends_at > clock_timestamp()))
    OR EXISTS (
        SELECT FROM registry_entitlement e
        JOIN accounts_membership m ON m.tenant_id = e.organisation_id
        WHERE e.script_id = the_script AND m.user_id = reader AND e.revoked_at IS NULL
        AND (e.ends_at IS NULL OR e.ends_at > clock_timestamp()));
    PERFORM set_config('signalhub.scope', asked_in, true);
    RETURN answer;
END $$;

CREATE FUNCTION row_scope_is_offered(the_script uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    asked_in text := coalesce(current_setting('signalhub.scope', true), '');
    answer boolean;
BEGIN
    PERFORM set_config('signalhub.scope', 'platform', true);
    answer := EXISTS (
        SELECT FROM registry_product p
        WHERE p.script_id = the_script AND p.listed_at IS NOT NULL AND p.retired_at IS NULL);
    PERFORM set_config('signalhub.scope', asked_in, true);
    RETURN answer;
END $$;

CREATE FUNCTION row_scope_houses_version(reader bigint, the_version uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    asked_in text := coalesce(current_setting('signalhub.scope', true), '');
    answer boolean;
BEGIN
    PERFORM set_config('signalhub.scope', 'platform', true);
    answer := EXISTS (
        SELECT FROM registry_scriptversion v
        JOIN registry_script s ON s.id = v.script_id
        JOIN accounts_membership m ON m.tenant_id = s.tenant_id
        WHERE v.id = the_version AND m.user_id = reader);
    PERFORM set_config('signalhub.scope', asked_in, true);
    RETURN answer;
END $$;

-- Of a script in another house, only what was published.
CREATE FUNCTION row_scope_reaches_version(reader bigint, the_version uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    asked_in text := coalesce(current_setting('signalhub.scope', true), '');
    answer boolean;
BEGIN
    PERFORM set_config('signalhub.scope', 'platform', true);
    answer := row_scope_houses_version(reader, the_version) OR EXISTS (
        SELECT FROM registry_scriptversion v
        WHERE v.id = the_version AND v.published_at IS NOT NULL
        AND row_scope_reaches_script(reader, v.script_id));
    PERFORM set_config('signalhub.scope', asked_in, true);
    RETURN answer;
END $$;

CREATE FUNCTION row_scope_houses_product(reader bigint, the_product uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    asked_in text := coalesce(current_setting('signalhub.scope', true), '');
    answer boolean;
BEGIN
    PERFORM set_config('signalhub.scope', 'platform', true);
    answer := EXISTS (
        SELECT FROM registry_product p
        JOIN registry_script s ON s.id = p.script_id
        JOIN accounts_membership m ON m.tenant_id = s.tenant_id
        WHERE p.id = the_product AND m.user_id = reader);
    PERFORM set_config('signalhub.scope', asked_in, true);
    RETURN answer;
END $$;

CREATE FUNCTION row_scope_subscribed(reader bigint, the_product uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    asked_in text := coalesce(current_setting('signalhub.scope', true), '');
    answer boolean;
BEGIN
    PERFORM set_config('signalhub.scope', 'platform', true);
    answer := EXISTS (
        SELECT FROM registry_productsubscription b
        WHERE b.product_id = the_product AND b.user_id = reader);
    PERFORM set_config('signalhub.scope', asked_in, true);
    RETURN answer;
END $$;

-- Another house is known by its name to whoever gave it a right, was given one by it, or is
-- offered something of it.
CREATE FUNCTION row_scope_knows_tenant(reader bigint, the_tenant bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    asked_in text := coalesce(current_setting('signalhub.scope', true), '');
    answer boolean;
BEGIN
    PERFORM set_config('signalhub.scope', 'platform', true);
    answer := EXISTS (
        SELECT FROM accounts_membership m WHERE m.tenant_id = the_tenant AND m.user_id = reader)
    OR EXISTS (
        SELECT FROM registry_entitlement e
        JOIN registry_script s ON s.id = e.script_id
        JOIN accounts_membership m ON m.tenant_id = s.tenant_id
        WHERE e.organisation_id = the_tenant AND m.user_id = reader)
    OR EXISTS (
        SELECT FROM registry_entitlement e
        JOIN registry_script s ON s.id = e.script_id
        JOIN accounts_membership m ON m.tenant_id = e.organisation_id
        WHERE s.tenant_id = the_tenant AND m.user_id = reader)
    OR EXISTS (
        SELECT FROM registry_product p JOIN registry_script s ON s.id = p.script_id
        WHERE s.tenant_id = the_tenant
        AND ((p.listed_at IS NOT NULL AND p.retired_at IS NULL)
             OR row_scope_subscribed(reader, p.id)));
    PERFORM set_config('signalhub.scope', asked_in, true);
    RETURN answer;
END $$;

CREATE FUNCTION row_scope_reaches_stream(reader bigint, the_stream bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    asked_in text := coalesce(current_setting('signalhub.scope', true), '');
    answer boolean;
BEGIN
    PERFORM set_config('signalhub.scope', 'platform', true);
    answer := EXISTS (
        SELECT FROM streams_stream t
        WHERE t.id = the_stream
        AND (t.owner_id = reader OR row_scope_reaches_script(reader, t.script_id)));
    PERFORM set_config('signalhub.scope', asked_in, true);
    RETURN answer;
END $$;
"""
NAMES = (
    ("row_scope_reaches_stream", "bigint, bigint"),
    ("row_scope_knows_tenant", "bigint, bigint"),
    ("row_scope_subscribed", "bigint, uuid"),
    ("row_scope_houses_product", "bigint, uuid"),
    ("row_scope_reaches_version", "bigint, uuid"),
    ("row_scope_houses_version", "bigint, uuid"),
    ("row_scope_is_offered", "uuid"),
    ("row_scope_reaches_script", "bigint, uuid"),
    ("row_scope_houses_script", "bigint, uuid"),
    ("row_scope_shares_house", "bigint, bigint"),
    ("row_scope_enter", "bigint"),
    ("row_scope_reached", ""),
    ("row_scope_tenants", ""),
    ("row_scope_user", ""),
)
DROP_FUNCTIONS = "".join(f"DROP FUNCTION {name}({arguments});" for name, arguments in NAMES)

# Neither is a sub-select: the planner would plan it anew for every table of every query.
ME = "row_scope_user()"
MINE = "ANY (row_scope_tenants())"
HOUSED_VERSION = f"row_scope_houses_version({ME}, version_id)"
POLICIES = {
    "accounts_tenant": f"id = {MINE} OR row_scope_knows_tenant({ME}, id)",
    "accounts_membership": f"user_id = {ME} OR tenant_id = {MINE}",
    "accounts_team": f"tenant_id = {MINE}",
    "accounts_teammembership": f"user_id = {ME} OR EXISTS "
    "(SELECT FROM accounts_team g WHERE g.id = accounts_teammembership.team_id)",
    "accounts_apikey": f"user_id = {ME}",
    "accounts_keptreply": f"user_id = {ME}",
    "accounts_auditevent": f"actor_id = {ME} OR chain = 'platform' OR chain IN "
    f"(SELECT t.slug FROM accounts_tenant t WHERE t.id = {MINE})",
    "accounts_pastrow": "false",
    "registry_script": f"tenant_id = {MINE} OR id = ANY (row_scope_reached()) "
    "OR row_scope_is_offered(id)",
    "registry_scriptversion": f"row_scope_houses_script({ME}, script_id) OR "
    "(published_at IS NOT NULL AND script_id = ANY (row_scope_reached()))",
    "registry_dependency": f"row_scope_reaches_version({ME}, version_id)",
    "registry_review": HOUSED_VERSION,
    "registry_reviewcomment": HOUSED_VERSION,
    "registry_versionscreening": HOUSED_VERSION,
    "registry_versionevidence": HOUSED_VERSION,
    "registry_versionbehaviour": HOUSED_VERSION,
    "registry_historyrun": HOUSED_VERSION,
    "registry_draftautosave": f"row_scope_houses_script({ME}, script_id)",
    "registry_personalalias": f"row_scope_houses_script({ME}, script_id)",
    "registry_versionpolicy": f"row_scope_reaches_script({ME}, script_id)",
    "registry_entitlement": f"user_id = {ME} OR organisation_id = {MINE} "
    f"OR row_scope_houses_script({ME}, script_id)",
    "registry_product": f"(listed_at IS NOT NULL AND retired_at IS NULL) "
    f"OR row_scope_houses_script({ME}, script_id) OR row_scope_subscribed({ME}, id)",
    "registry_productsubscription": f"user_id = {ME} OR row_scope_houses_product({ME}, product_id)",
    "registry_remoteimport": HOUSED_VERSION,
    "registry_executiontoken": f"user_id = {ME} OR row_scope_houses_product({ME}, product_id)",
    "registry_productusage": f"row_scope_houses_product({ME}, product_id) OR EXISTS "
    f"(SELECT FROM registry_productsubscription b WHERE b.id = registry_productusage.subscription_id "
    f"AND b.user_id = {ME})",
    "streams_stream": f"owner_id = {ME} OR row_scope_reaches_script({ME}, script_id)",
    "streams_output": f"row_scope_reaches_stream({ME}, stream_id)",
    "streams_relaycursor": f"row_scope_reaches_stream({ME}, stream_id)",
    "streams_leaksearch": f"searched_by_id = {ME} OR row_scope_houses_product({ME}, product_id)",
    "gateway_dataaccess": f"user_id = {ME} OR row_scope_shares_house({ME}, user_id)",
    "gateway_readcontent": "false",
    "execution_execution": f"user_id = {ME} OR {HOUSED_VERSION}",
    "execution_subscription": f"user_id = {ME} OR row_scope_houses_script({ME}, script_id)",
    "execution_realtimeplan": f"row_scope_reaches_version({ME}, version_id)",
    "execution_alert": f"version_id IS NULL OR {HOUSED_VERSION}",
    "execution_trial": f"requested_by_id = {ME} OR {HOUSED_VERSION}",
    "ingest_producer": f"tenant_id = {MINE}",
    "signals": "producer_id IS NULL OR EXISTS "
    "(SELECT FROM ingest_producer p WHERE p.id = signals.producer_id)",
}


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("accounts", "0010_past_is_kept"),
        ("registry", "0019_past_is_kept"),
        ("streams", "0004_leaksearch"),
        ("gateway", "0003_reads_of_attempts"),
        ("execution", "0006_marketplace_runs"),
        ("ingest", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        *(migrations.RunSQL(*protect(table, seen)) for table, seen in POLICIES.items()),
    ]
