from django.db import migrations

from common.row_scope import protect

SEEN = "EXISTS (SELECT FROM ingest_producer p WHERE p.id = ingest_producerfailure.producer_id)"


class Migration(migrations.Migration):
    dependencies = [
        ("signalhub", "0002_audit_heads_are_a_houses_own"),
        ("ingest", "0003_producers_keep_sealed_secrets"),
    ]
    operations = [migrations.RunSQL(*protect("ingest_producerfailure", SEEN))]
