import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids


class Migration(migrations.Migration):
    dependencies = [
        ("execution", "0004_alert"),
        ("registry", "0007_marketplace_policies_and_evidence"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Trial",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=common.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("author", "asked for by its author"),
                            ("evidence", "evidence for its review"),
                        ],
                        max_length=10,
                    ),
                ),
                ("source", models.TextField()),
                ("source_sha256", models.CharField(max_length=64)),
                ("manifest", models.JSONField()),
                ("instrument_key", models.CharField(max_length=40)),
                ("timeframe", models.CharField(max_length=8)),
                ("params", models.JSONField(default=dict)),
                (
                    "bars",
                    models.PositiveIntegerField(
                        help_text="The newest closed bars that it runs over."
                    ),
                ),
                ("requested_at", models.DateTimeField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "pending"),
                            ("running", "running"),
                            ("completed", "completed"),
                            ("failed", "failed"),
                            ("cancelled", "cancelled"),
                        ],
                        default="pending",
                        max_length=10,
                    ),
                ),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("bars_done", models.PositiveIntegerField(default=0)),
                (
                    "outputs",
                    models.JSONField(
                        default=list, help_text="Of each bar: bar, value, timestamp, metadata."
                    ),
                ),
                ("outputs_sha256", models.CharField(blank=True, max_length=64)),
                ("plots", models.JSONField(default=list)),
                ("log", models.JSONField(default=list)),
                (
                    "usage",
                    models.JSONField(
                        default=dict, help_text="runs, cpu_ms, wall_ms, memory_mb and calls."
                    ),
                ),
                (
                    "error",
                    models.JSONField(blank=True, help_text="code, message and line.", null=True),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        help_text="As whom the script reads.",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="trials",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="trials",
                        to="registry.scriptversion",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("finished_at", None), ("status__in", ("pending", "running"))),
                            models.Q(
                                models.Q(("status__in", ("pending", "running")), _negated=True),
                                ("finished_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="finished_trials_have_an_end",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "running"), _negated=True),
                            ("lease_until__isnull", False),
                            _connector="OR",
                        ),
                        name="running_trials_have_a_lease",
                    ),
                ],
            },
        ),
    ]
