from django.db import migrations

# Of runs that are over, whatever they counted was told, or never will be.
FORWARD = """
UPDATE execution_execution SET undeclared = true
WHERE status IN ('waiting', 'pending', 'running') AND coalesced + missed + held > 0
"""


class Migration(migrations.Migration):
    dependencies = [("execution", "0027_undeclared_and_background")]
    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
