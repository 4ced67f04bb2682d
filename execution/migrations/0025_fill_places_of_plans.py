from django.db import migrations

# Those who are subscribed have been there all the time, as far as anybody knows: every plan goes on
# where it is, that of the version that runs now in its script's stream.
FORWARD = """
UPDATE execution_realtimeplan SET wanted_since = now();
UPDATE execution_realtimeplan plan SET leads = true
FROM registry_scriptversion version
JOIN registry_script script ON script.current_version_id = version.id
WHERE version.id = plan.version_id;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("execution", "0024_plans_have_a_place_in_a_stream"),
        ("registry", "0021_script_limits"),
    ]
    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
