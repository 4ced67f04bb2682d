"""Each year's outputs are protected as the table of all of them is, also when asked by name."""

from django.db import migrations

from common import timeseries


def protect(apps, schema_editor):
    """Give every partition the policies of the table."""
    if not timeseries.is_partitioned("streams_output"):
        return
    with schema_editor.connection.cursor() as cursor:
        for partition in timeseries.partitions_of(cursor, "streams_output"):
            timeseries.protect_like(cursor, "streams_output", partition)


def leave(apps, schema_editor):
    """Take them off again."""
    if not timeseries.is_partitioned("streams_output"):
        return
    with schema_editor.connection.cursor() as cursor:
        for partition in timeseries.partitions_of(cursor, "streams_output"):
            cursor.execute(f"DROP POLICY IF EXISTS scope ON {partition}")
            cursor.execute(f"ALTER TABLE {partition} NO FORCE ROW LEVEL SECURITY")
            cursor.execute(f"ALTER TABLE {partition} DISABLE ROW LEVEL SECURITY")


class Migration(migrations.Migration):
    dependencies = [
        ("signalhub", "0008_uploads_are_their_houses"),
        ("streams", "0007_outputs_by_year"),
    ]
    operations = [migrations.RunPython(protect, leave)]
