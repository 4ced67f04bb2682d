from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("execution", "0021_lean_indexes")]

    operations = [
        migrations.AddIndex(
            model_name="execution",
            index=models.Index(
                fields=["finished_at"],
                condition=Q(outcome="held"),
                name="execution_ended_as_held",
            ),
        ),
    ]
