import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0005_suspension")]

    operations = [
        migrations.CreateModel(
            name="VersionBehaviour",
            fields=[
                (
                    "version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="behaviour",
                        serialize=False,
                        to="registry.scriptversion",
                    ),
                ),
                ("runs", models.PositiveBigIntegerField()),
                ("outcomes", models.JSONField()),
                ("limits_hit", models.JSONField()),
                ("reads", models.JSONField()),
                ("calls", models.PositiveBigIntegerField()),
                ("most_memory_mb", models.FloatField()),
                ("most_cpu_ms", models.FloatField()),
                ("most_duration_ms", models.FloatField()),
                ("last_violation_execution", models.UUIDField(blank=True, null=True)),
                ("last_violation_at", models.DateTimeField(blank=True, null=True)),
                ("updated_at", models.DateTimeField()),
            ],
        ),
        migrations.AddConstraint(
            model_name="versionbehaviour",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("last_violation_at", None), ("last_violation_execution", None)),
                    models.Q(
                        ("last_violation_at__isnull", False),
                        ("last_violation_execution__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="violations_have_a_time",
            ),
        ),
    ]
