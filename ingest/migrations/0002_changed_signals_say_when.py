from django.db import migrations

FORWARD = """
CREATE FUNCTION signals_set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER signals_say_when_they_changed
    BEFORE UPDATE ON signals
    FOR EACH ROW EXECUTE FUNCTION signals_set_updated_at();
"""
BACKWARD = """
DROP TRIGGER signals_say_when_they_changed ON signals;
DROP FUNCTION signals_set_updated_at();
"""


class Migration(migrations.Migration):
    dependencies = [("ingest", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
