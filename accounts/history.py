"""The SQL that keeps a table's past in ``PastRow``; migrations put it to work.

The instants are the database's own clock at the change, not the caller's.
"""

from __future__ import annotations

from collections.abc import Sequence

FUNCTION = """
CREATE FUNCTION accounts_keep_past() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed_at timestamptz := clock_timestamp();
    old_row jsonb := CASE WHEN TG_OP = 'INSERT' THEN NULL ELSE to_jsonb(OLD) END;
    new_row jsonb := CASE WHEN TG_OP = 'DELETE' THEN NULL ELSE to_jsonb(NEW) END;
    asked_in text := coalesce(current_setting('signalhub.scope', true), '');
BEGIN
    -- Whoever changes a row may not see the past of all.
    PERFORM set_config('signalhub.scope', 'platform', true);
    IF old_row IS NOT NULL THEN
        UPDATE accounts_pastrow SET ended_at = changed_at
        WHERE source = TG_TABLE_NAME AND row_key = old_row ->> TG_ARGV[0] AND ended_at IS NULL;
    END IF;
    IF new_row IS NOT NULL THEN
        INSERT INTO accounts_pastrow (source, row_key, user_id, values, began_at)
        SELECT TG_TABLE_NAME, new_row ->> TG_ARGV[0], (new_row ->> TG_ARGV[1])::bigint,
               (SELECT jsonb_object_agg(name, new_row -> name)
                FROM unnest(string_to_array(TG_ARGV[2], ',')) AS name),
               changed_at;
    END IF;
    PERFORM set_config('signalhub.scope', asked_in, true);
    RETURN NULL;
END $$;
"""
DROP_FUNCTION = "DROP FUNCTION accounts_keep_past();"


def keep_past_of(table: str, *, key: str, user: str, columns: Sequence[str]) -> tuple[str, str]:
    """Return the SQL that keeps the past of some columns of a table from now on, and its reverse.

    The rows that are there already begin now: what they were before is not known. ``user`` names
    the column with the user whose row it is, or is empty.
    """
    listed = ",".join(columns)
    changed = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in columns)
    call = f"EXECUTE FUNCTION accounts_keep_past('{key}', '{user}', '{listed}')"
    pairs = ", ".join(f"'{name}', {name}" for name in columns)
    forward = f"""
        CREATE TRIGGER past_is_kept AFTER INSERT OR DELETE ON {table} FOR EACH ROW {call};
        CREATE TRIGGER past_is_kept_of_changes AFTER UPDATE ON {table} FOR EACH ROW
            WHEN ({changed}) {call};
        INSERT INTO accounts_pastrow (source, row_key, user_id, values, began_at)
        SELECT '{table}', {key}::text, {user or "NULL"}, jsonb_build_object({pairs}),
               clock_timestamp() FROM {table};
    """
    backward = f"""
        DROP TRIGGER past_is_kept ON {table};
        DROP TRIGGER past_is_kept_of_changes ON {table};
        DELETE FROM accounts_pastrow WHERE source = '{table}';
    """
    return forward, backward
