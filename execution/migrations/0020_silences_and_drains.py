import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids


class Migration(migrations.Migration):
    dependencies = [
        ("execution", "0012_dead_letters"),
        ("registry", "0021_script_limits"),
        ("streams", "0006_output_confirmed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Drain",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=common.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("machine", models.CharField(max_length=120)),
                ("reason", models.CharField(max_length=300)),
                ("placed_at", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="ScalingAdvice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("action", models.CharField(max_length=10)),
                ("urgency", models.CharField(max_length=10)),
                ("score", models.FloatField()),
                ("confidence", models.FloatField()),
                ("pods", models.PositiveIntegerField(help_text="How many there were.")),
                ("recommended_pods", models.PositiveIntegerField()),
                ("reason", models.CharField(max_length=300)),
            ],
            options={
                "verbose_name_plural": "scaling advice",
                "ordering": ["-at"],
            },
        ),
        migrations.CreateModel(
            name="Silence",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=common.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("no_bar", "no bar came"),
                            ("no_run", "a bar came, and nothing ran"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "expected_by",
                    models.DateTimeField(help_text="When it should have spoken at the latest."),
                ),
                (
                    "last_at",
                    models.DateTimeField(help_text="When it spoke last, or was first asked for."),
                ),
                ("noticed_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "ended_by",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("spoke", "it spoke again"),
                            ("not_expected", "nothing is expected of it any more"),
                        ],
                        max_length=12,
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="alert",
            name="one_open_alert_each",
        ),
        migrations.AddField(
            model_name="alert",
            name="cleared_at",
            field=models.DateTimeField(
                blank=True, help_text="When what was wrong was found to be over.", null=True
            ),
        ),
        migrations.AlterField(
            model_name="alert",
            name="kind",
            field=models.CharField(
                choices=[
                    ("violation", "violation"),
                    ("quarantine", "quarantine"),
                    ("silence", "silence"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.UniqueConstraint(
                condition=models.Q(("acknowledged_at", None), ("cleared_at", None)),
                fields=("kind", "version", "machine"),
                name="one_open_alert_each",
                nulls_distinct=False,
            ),
        ),
        migrations.AddField(
            model_name="drain",
            name="lifted_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="drain",
            name="placed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="silence",
            name="plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="silences",
                to="execution.realtimeplan",
            ),
        ),
        migrations.AddField(
            model_name="silence",
            name="stream",
            field=models.ForeignKey(
                blank=True,
                help_text="None: it has never spoken.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="streams.stream",
            ),
        ),
        migrations.AddConstraint(
            model_name="drain",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lifted_at", None)),
                fields=("machine",),
                name="one_open_drain_each",
            ),
        ),
        migrations.AddConstraint(
            model_name="drain",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lifted_at", None), ("lifted_by", None)),
                    models.Q(("lifted_at__isnull", False), ("lifted_by__isnull", False)),
                    _connector="OR",
                ),
                name="lifted_drains_have_an_actor",
            ),
        ),
        migrations.AddConstraint(
            model_name="silence",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("plan",),
                name="one_open_silence_each",
            ),
        ),
        migrations.AddConstraint(
            model_name="silence",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("ended_by", "")),
                    models.Q(
                        models.Q(("ended_by", ""), _negated=True), ("ended_at__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="ended_silences_say_why",
            ),
        ),
    ]
