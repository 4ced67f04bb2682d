import django.db.models.deletion
from django.db import migrations, models

# Whoever inserts a signal cannot forget its subscribers.
FORWARD = """
CREATE FUNCTION signals_wait_for_publication() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ingest_unpublishedsignal (signal_id)
    SELECT id FROM accepted WHERE producer_id IS NOT NULL ORDER BY id;
    RETURN NULL;
END $$;
CREATE TRIGGER signals_wait_for_publication
    AFTER INSERT ON signals REFERENCING NEW TABLE AS accepted
    FOR EACH STATEMENT EXECUTE FUNCTION signals_wait_for_publication();
"""
BACKWARD = """
DROP TRIGGER signals_wait_for_publication ON signals;
DROP FUNCTION signals_wait_for_publication();
"""


class Migration(migrations.Migration):
    dependencies = [("ingest", "0003_producers_keep_sealed_secrets")]
    operations = [
        migrations.CreateModel(
            name="UnpublishedSignal",
            fields=[
                ("position", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "signal",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="ingest.signal",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
