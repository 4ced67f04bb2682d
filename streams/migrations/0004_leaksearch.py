import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0007_marketplace_policies_and_evidence"),
        ("streams", "0003_output_tolerance"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LeakSearch",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=common.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("searched_at", models.DateTimeField()),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("suspects", "suspects"),
                            ("no_suspect", "no suspect"),
                            ("too_few", "too few values"),
                            ("exact", "exact values"),
                            ("unlike", "not these outputs"),
                            ("unmarked", "not marked"),
                        ],
                        max_length=12,
                    ),
                ),
                ("rows", models.PositiveIntegerField()),
                (
                    "matched",
                    models.PositiveIntegerField(help_text="Rows that correspond to an output."),
                ),
                (
                    "marked",
                    models.PositiveIntegerField(help_text="Bars whose mark could be compared."),
                ),
                ("needed", models.PositiveIntegerField(help_text="Bars that it takes at least.")),
                ("compared", models.PositiveIntegerField(help_text="Subscriptions.")),
                (
                    "suspects",
                    models.JSONField(default=list, help_text="Ranked, the most suspicious first."),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.product",
                    ),
                ),
                (
                    "searched_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "stream",
                    models.ForeignKey(
                        help_text="What it resembles.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="streams.stream",
                    ),
                ),
            ],
            options={
                "verbose_name": "leak search",
                "verbose_name_plural": "leak searches",
                "ordering": ["-pk"],
            },
        ),
    ]
