from django.db import migrations

from common.row_scope import protect


class Migration(migrations.Migration):
    dependencies = [
        ("signalhub", "0005_streams_of_houses_are_their_members"),
        ("ingest", "0004_signals_wait_for_publication"),
    ]
    operations = [migrations.RunSQL(*protect("ingest_unpublishedsignal", "false"))]
