from django.db import migrations

FORWARD = """
CREATE FUNCTION registry_guard_repaints() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'version % was published: its label cannot change', OLD.id
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER published_labels_are_fixed
    BEFORE UPDATE OF repaints ON registry_scriptversion
    FOR EACH ROW WHEN (
        OLD.status IN ('published', 'deprecated', 'withdrawn')
        AND NEW.repaints IS DISTINCT FROM OLD.repaints
    )
    EXECUTE FUNCTION registry_guard_repaints();
"""
BACKWARD = """
DROP TRIGGER published_labels_are_fixed ON registry_scriptversion;
DROP FUNCTION registry_guard_repaints();
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0008_dossier")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
