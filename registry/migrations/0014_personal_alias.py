import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0013_guard_every_path")]

    operations = [
        migrations.CreateModel(
            name="PersonalAlias",
            fields=[
                (
                    "script",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="alias",
                        serialize=False,
                        to="registry.script",
                    ),
                ),
                ("written_at", models.DateTimeField()),
                (
                    "version",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.scriptversion",
                    ),
                ),
            ],
            options={"verbose_name_plural": "personal aliases"},
        ),
    ]
