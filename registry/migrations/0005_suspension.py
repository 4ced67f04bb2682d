from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0003_submitted_versions_are_fixed")]

    operations = [
        migrations.AddField(
            model_name="scriptversion",
            name="suspended_at",
            field=models.DateTimeField(
                blank=True,
                help_text="Since when nothing of it starts, until that is lifted.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="scriptversion",
            name="suspended_by_execution",
            field=models.UUIDField(
                blank=True, help_text="The run that did what only an attack does.", null=True
            ),
        ),
        migrations.AddField(
            model_name="scriptversion",
            name="suspension_reason",
            field=models.TextField(blank=True, max_length=4000),
        ),
        migrations.AddConstraint(
            model_name="scriptversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("suspended_at", None),
                        ("suspended_by_execution", None),
                        ("suspension_reason", ""),
                    ),
                    models.Q(
                        ("suspended_at__isnull", False),
                        models.Q(("suspension_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="suspensions_have_a_reason",
            ),
        ),
    ]
