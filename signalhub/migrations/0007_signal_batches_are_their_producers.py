from django.db import migrations

from common.row_scope import protect

SEEN = (
    "producer_id IS NULL OR EXISTS "
    "(SELECT FROM ingest_producer p WHERE p.id = ingest_signalbatch.producer_id)"
)


class Migration(migrations.Migration):
    dependencies = [
        ("signalhub", "0006_unpublished_signals_are_the_platforms"),
        ("ingest", "0005_signal_batches"),
    ]
    operations = [migrations.RunSQL(*protect("ingest_signalbatch", SEEN))]
