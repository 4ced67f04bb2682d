from django.db import migrations

# Whatever writes (a service, the admin, a command, the ORM or SQL by hand), these hold: a version
# begins as a draft, takes only the steps of the table in registry/lifecycle.py, and is approved by
# somebody else, whose last verdict names exactly its bytes, with evidence made from them.
FORWARD = """
CREATE OR REPLACE FUNCTION registry_guard_version_update() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    owner_id bigint;
    verdict registry_review%ROWTYPE;
BEGIN
    IF (NEW.id, NEW.script_id, NEW.author_id, NEW.created_at)
       IS DISTINCT FROM (OLD.id, OLD.script_id, OLD.author_id, OLD.created_at)
    THEN
        RAISE EXCEPTION 'version %: whose it is cannot change', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.status NOT IN ('draft', 'changes_requested') AND
       (NEW.version, NEW.source, NEW.source_sha256, NEW.manifest, NEW.edited_at,
        NEW.release_note, NEW.submitted_at)
       IS DISTINCT FROM
       (OLD.version, OLD.source, OLD.source_sha256, OLD.manifest, OLD.edited_at,
        OLD.release_note, OLD.submitted_at)
    THEN
        RAISE EXCEPTION 'version % is %: what was submitted cannot change', OLD.id, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.status IN ('approved', 'published', 'deprecated', 'withdrawn')
       AND NEW.status <> 'changes_requested'
       AND ((NEW.approved_by_id, NEW.approved_at, NEW.approved_sha256,
             NEW.approved_manifest_sha256)
            IS DISTINCT FROM
            (OLD.approved_by_id, OLD.approved_at, OLD.approved_sha256,
             OLD.approved_manifest_sha256)
            OR (OLD.repaints AND NOT NEW.repaints))
    THEN
        RAISE EXCEPTION 'version % is %: how it was approved cannot change', OLD.id, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.status IN ('published', 'deprecated', 'withdrawn') AND
       (NEW.published_by_id, NEW.published_at, NEW.object_key)
       IS DISTINCT FROM (OLD.published_by_id, OLD.published_at, OLD.object_key)
    THEN
        RAISE EXCEPTION 'version % is %: how it was published cannot change', OLD.id, OLD.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status = OLD.status THEN
        RETURN NEW;
    END IF;
    IF NOT (
        (OLD.status IN ('draft', 'changes_requested') AND NEW.status = 'submitted') OR
        (OLD.status = 'submitted' AND NEW.status IN ('approved', 'changes_requested')) OR
        (OLD.status = 'approved' AND NEW.status IN ('published', 'changes_requested')) OR
        (OLD.status = 'published' AND NEW.status IN ('deprecated', 'withdrawn')) OR
        (OLD.status = 'deprecated' AND NEW.status = 'withdrawn'))
    THEN
        RAISE EXCEPTION 'version % cannot go from % to %', OLD.id, OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status = 'approved' THEN
        SELECT s.owner_id INTO owner_id FROM registry_script s WHERE s.id = NEW.script_id;
        SELECT * INTO verdict FROM registry_review r
            WHERE r.version_id = NEW.id ORDER BY r.id DESC LIMIT 1;
        IF NEW.approved_by_id IN (NEW.author_id, owner_id) THEN
            RAISE EXCEPTION 'nobody_approves_their_own_version: version %', NEW.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'nobody_approves_their_own_version';
        END IF;
        IF verdict.id IS NULL OR verdict.verdict <> 'approve' OR
           (verdict.reviewer_id, verdict.source_sha256, verdict.manifest_sha256)
           IS DISTINCT FROM
           (NEW.approved_by_id, NEW.approved_sha256, NEW.approved_manifest_sha256)
        THEN
            RAISE EXCEPTION 'approved_versions_are_what_was_reviewed: version %', NEW.id
                USING ERRCODE = 'check_violation',
                      CONSTRAINT = 'approved_versions_are_what_was_reviewed';
        END IF;
    END IF;
    IF NEW.status = 'published' AND NOT EXISTS (
        SELECT FROM registry_versionevidence e
        WHERE e.version_id = NEW.id AND e.made_at IS NOT NULL
          AND e.source_sha256 = NEW.source_sha256
          AND e.manifest_sha256 = NEW.approved_manifest_sha256
          AND (e.report #>> '{lookahead,verdict}' IN ('clean', 'undecided') OR
               (NEW.repaints AND e.report #>> '{lookahead,verdict}' = 'looks_ahead')))
    THEN
        RAISE EXCEPTION 'published_versions_have_evidence: version %', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'published_versions_have_evidence';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION registry_guard_version_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> 'draft' THEN
        RAISE EXCEPTION 'version % cannot begin as %', NEW.id, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER versions_begin_as_drafts
    BEFORE INSERT ON registry_scriptversion
    FOR EACH ROW EXECUTE FUNCTION registry_guard_version_insert();

CREATE FUNCTION registry_guard_script_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.owner_id, NEW.tenant_id) IS DISTINCT FROM (OLD.id, OLD.owner_id, OLD.tenant_id)
    THEN
        RAISE EXCEPTION 'script %: whose it is cannot change', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.current_version_id IS DISTINCT FROM OLD.current_version_id
       AND NEW.current_version_id IS NOT NULL
       AND NOT EXISTS (
           SELECT FROM registry_scriptversion v
           WHERE v.id = NEW.current_version_id AND v.script_id = NEW.id
             AND v.status IN ('published', 'deprecated'))
    THEN
        RAISE EXCEPTION 'script %: only a published version of its own can be current', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER scripts_run_their_own_versions
    BEFORE UPDATE ON registry_script
    FOR EACH ROW EXECUTE FUNCTION registry_guard_script_update();

CREATE FUNCTION registry_guard_review_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.verdict = 'approve' AND EXISTS (
        SELECT FROM registry_scriptversion v JOIN registry_script s ON s.id = v.script_id
        WHERE v.id = NEW.version_id AND NEW.reviewer_id IN (v.author_id, s.owner_id))
    THEN
        RAISE EXCEPTION 'nobody_approves_their_own_version: version %', NEW.version_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'nobody_approves_their_own_version';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER nobody_reviews_their_own
    BEFORE INSERT ON registry_review
    FOR EACH ROW EXECUTE FUNCTION registry_guard_review_insert();

CREATE FUNCTION registry_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what is in % stays as it is', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER reviews_stay
    BEFORE UPDATE OR DELETE ON registry_review
    FOR EACH ROW EXECUTE FUNCTION registry_refuse_change();
CREATE TRIGGER dependencies_stay
    BEFORE UPDATE OR DELETE ON registry_dependency
    FOR EACH ROW EXECUTE FUNCTION registry_refuse_change();
"""
BACKWARD = """
DROP TRIGGER dependencies_stay ON registry_dependency;
DROP TRIGGER reviews_stay ON registry_review;
DROP FUNCTION registry_refuse_change();
DROP TRIGGER nobody_reviews_their_own ON registry_review;
DROP FUNCTION registry_guard_review_insert();
DROP TRIGGER scripts_run_their_own_versions ON registry_script;
DROP FUNCTION registry_guard_script_update();
DROP TRIGGER versions_begin_as_drafts ON registry_scriptversion;
DROP FUNCTION registry_guard_version_insert();

CREATE OR REPLACE FUNCTION registry_guard_version_update() RETURNS trigger LANGUAGE plpgsql AS $$
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
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0012_approvals_are_whole")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
