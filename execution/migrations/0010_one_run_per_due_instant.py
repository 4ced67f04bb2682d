from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("execution", "0009_fill_due_at")]

    operations = [
        migrations.AddConstraint(
            model_name="execution",
            constraint=models.UniqueConstraint(
                fields=("plan", "due_at"), name="one_run_per_due_instant"
            ),
        ),
        migrations.AddConstraint(
            model_name="execution",
            constraint=models.CheckConstraint(
                condition=models.Q(("plan", None), ("due_at__isnull", False), _connector="OR"),
                name="runs_of_plans_are_due",
            ),
        ),
        migrations.RemoveConstraint(
            model_name="execution",
            name="one_run_per_bar",
        ),
    ]
