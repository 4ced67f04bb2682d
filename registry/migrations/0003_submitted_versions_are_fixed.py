from django.db import migrations

FORWARD = """
CREATE FUNCTION registry_guard_version_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status NOT IN ('draft', 'changes_requested') AND
       (NEW.id, NEW.script_id, NEW.version, NEW.author_id, NEW.source, NEW.source_sha256,
        NEW.manifest, NEW.created_at, NEW.edited_at)
       IS DISTINCT FROM
       (OLD.id, OLD.script_id, OLD.version, OLD.author_id, OLD.source, OLD.source_sha256,
        OLD.manifest, OLD.created_at, OLD.edited_at)
    THEN
        RAISE EXCEPTION 'version % is %: what was submitted cannot change', OLD.id, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.status IN ('published', 'deprecated', 'withdrawn') AND
       (NEW.release_note, NEW.submitted_at, NEW.approved_by_id, NEW.approved_at,
        NEW.approved_sha256, NEW.published_by_id, NEW.published_at, NEW.object_key)
       IS DISTINCT FROM
       (OLD.release_note, OLD.submitted_at, OLD.approved_by_id, OLD.approved_at,
        OLD.approved_sha256, OLD.published_by_id, OLD.published_at, OLD.object_key)
    THEN
        RAISE EXCEPTION 'version % is %: how it was published cannot change', OLD.id, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status <> OLD.status AND NOT (
        (OLD.status IN ('draft', 'changes_requested') AND NEW.status = 'submitted') OR
        (OLD.status = 'submitted' AND NEW.status IN ('approved', 'changes_requested')) OR
        (OLD.status = 'approved' AND NEW.status IN ('published', 'changes_requested')) OR
        (OLD.status = 'published' AND NEW.status IN ('deprecated', 'withdrawn')) OR
        (OLD.status = 'deprecated' AND NEW.status = 'withdrawn'))
    THEN
        RAISE EXCEPTION 'version % cannot go from % to %', OLD.id, OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER submitted_versions_are_fixed
    BEFORE UPDATE ON registry_scriptversion
    FOR EACH ROW EXECUTE FUNCTION registry_guard_version_update();

CREATE FUNCTION registry_guard_version_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'version % was published: it stays', OLD.id
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER published_versions_stay
    BEFORE DELETE ON registry_scriptversion
    FOR EACH ROW WHEN (OLD.status IN ('published', 'deprecated', 'withdrawn'))
    EXECUTE FUNCTION registry_guard_version_delete();
"""
BACKWARD = """
DROP TRIGGER published_versions_stay ON registry_scriptversion;
DROP FUNCTION registry_guard_version_delete();
DROP TRIGGER submitted_versions_are_fixed ON registry_scriptversion;
DROP FUNCTION registry_guard_version_update();
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_source_hash_is_checked")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
