from django.db import migrations

from common.row_scope import protect

PLAN_IS_SEEN = (
    "EXISTS (SELECT FROM execution_realtimeplan p WHERE p.id = execution_silence.plan_id)"
)
NOBODY = "false"  # asked for by the platform alone, for its operators


class Migration(migrations.Migration):
    dependencies = [
        ("signalhub", "0009_public_streams_are_everybodys"),
        ("execution", "0020_silences_and_drains"),
    ]
    operations = [
        migrations.RunSQL(*protect("execution_silence", PLAN_IS_SEEN)),
        migrations.RunSQL(*protect("execution_scalingadvice", NOBODY)),
        migrations.RunSQL(*protect("execution_drain", NOBODY)),
    ]
