from django.db import migrations

from common.row_scope import protect

# Market events are the platform's; an execution's letter is seen by whoever sees the execution.
SEEN = (
    "execution_id IS NULL OR EXISTS "
    "(SELECT FROM execution_execution e WHERE e.id = execution_deadletter.execution_id)"
)


class Migration(migrations.Migration):
    dependencies = [
        ("signalhub", "0008_years_of_outputs_are_protected"),
        ("execution", "0012_dead_letters"),
    ]
    operations = [migrations.RunSQL(*protect("execution_deadletter", SEEN))]
