from django.db import migrations, models

# An event is appended to the head of its chain or not at all; the head moves with it and only with
# it. Rows that were there before are followed by the head that they lead to.
FORWARD = """
INSERT INTO accounts_audithead (chain, position, event_hash, at)
    SELECT DISTINCT ON (chain) chain, position, event_hash, at
    FROM accounts_auditevent ORDER BY chain, position DESC;

CREATE FUNCTION accounts_extend_audit_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    head accounts_audithead%ROWTYPE;
BEGIN
    SELECT * INTO head FROM accounts_audithead WHERE chain = NEW.chain FOR UPDATE;
    IF NEW.position <> coalesce(head.position, 0) + 1
       OR NEW.previous_hash <> coalesce(head.event_hash, repeat('0', 64)) THEN
        RAISE EXCEPTION 'an audit event follows the last one of its chain'
            USING ERRCODE = 'restrict_violation';
    END IF;
    INSERT INTO accounts_audithead (chain, position, event_hash, at)
        VALUES (NEW.chain, NEW.position, NEW.event_hash, NEW.at)
        ON CONFLICT (chain) DO UPDATE SET
            position = EXCLUDED.position, event_hash = EXCLUDED.event_hash, at = EXCLUDED.at;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_events_extend_their_chain
    BEFORE INSERT ON accounts_auditevent
    FOR EACH ROW EXECUTE FUNCTION accounts_extend_audit_chain();

CREATE FUNCTION accounts_refuse_audit_head_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Depth 1 is a statement of somebody's; depth 2 is the trigger above.
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'the head of an audit chain moves with its events only'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_heads_move_with_events
    BEFORE INSERT OR UPDATE OR DELETE ON accounts_audithead
    FOR EACH ROW EXECUTE FUNCTION accounts_refuse_audit_head_change();

CREATE TRIGGER audit_events_are_never_emptied
    BEFORE TRUNCATE ON accounts_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_refuse_audit_change();
CREATE TRIGGER audit_heads_are_never_emptied
    BEFORE TRUNCATE ON accounts_audithead
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_refuse_audit_change();
"""
BACKWARD = """
DROP TRIGGER audit_heads_are_never_emptied ON accounts_audithead;
DROP TRIGGER audit_events_are_never_emptied ON accounts_auditevent;
DROP TRIGGER audit_heads_move_with_events ON accounts_audithead;
DROP FUNCTION accounts_refuse_audit_head_change();
DROP TRIGGER audit_events_extend_their_chain ON accounts_auditevent;
DROP FUNCTION accounts_extend_audit_chain();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_past_is_kept")]
    operations = [
        migrations.CreateModel(
            name="AuditHead",
            fields=[
                ("chain", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("position", models.PositiveBigIntegerField()),
                ("event_hash", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
            ],
            options={"ordering": ["chain"]},
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
