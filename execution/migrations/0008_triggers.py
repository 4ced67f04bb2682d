from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("execution", "0007_unfinished_of_user"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="realtimeplan",
            name="one_plan_each",
        ),
        migrations.RemoveConstraint(
            model_name="subscription",
            name="one_active_subscription_each",
        ),
        migrations.AddField(
            model_name="execution",
            name="coalesced",
            field=models.PositiveIntegerField(
                default=0,
                help_text="Ticks before it that were not run for, since they came too fast.",
            ),
        ),
        migrations.AddField(
            model_name="execution",
            name="confirmed",
            field=models.BooleanField(
                default=True,
                help_text="Whether it rests on closed bars only, so that it will not change.",
            ),
        ),
        migrations.AddField(
            model_name="execution",
            name="due_at",
            field=models.DateTimeField(
                help_text="What the plan ran for: a bar by its opening, a tick or a scheduled instant by its time.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="execution",
            name="held",
            field=models.PositiveIntegerField(
                default=0, help_text="What came before it and was passed over under a hold."
            ),
        ),
        migrations.AddField(
            model_name="execution",
            name="missed",
            field=models.PositiveIntegerField(
                default=0,
                help_text="Scheduled instants before it that passed while nobody was there.",
            ),
        ),
        migrations.AddField(
            model_name="execution",
            name="occasion",
            field=models.JSONField(
                default=dict,
                help_text="What the script is told of what set it off, besides a closed bar.",
            ),
        ),
        migrations.AddField(
            model_name="execution",
            name="priority",
            field=models.PositiveSmallIntegerField(
                choices=[
                    (1, "realtime, paid"),
                    (2, "realtime, free"),
                    (3, "one-time"),
                    (4, "trial or backfill"),
                ],
                default=3,
            ),
        ),
        migrations.AddField(
            model_name="realtimeplan",
            name="held",
            field=models.PositiveIntegerField(
                default=0,
                help_text="What was passed over under a hold, and is still to be declared.",
            ),
        ),
        migrations.AddField(
            model_name="realtimeplan",
            name="schedule",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Five fields of cron and a time zone, such as 30 9 * * MON-FRI Europe/London.",
                max_length=160,
            ),
        ),
        migrations.AddField(
            model_name="realtimeplan",
            name="trigger",
            field=models.CharField(
                choices=[
                    ("bar", "every closed bar"),
                    ("tick", "every tick"),
                    ("schedule", "a schedule"),
                ],
                default="bar",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="schedule",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Five fields of cron and a time zone, such as 30 9 * * MON-FRI Europe/London.",
                max_length=160,
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="trigger",
            field=models.CharField(
                choices=[
                    ("bar", "every closed bar"),
                    ("tick", "every tick"),
                    ("schedule", "a schedule"),
                ],
                default="bar",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="realtimeplan",
            name="done_until",
            field=models.DateTimeField(
                help_text="The newest that executions were created for: a bar by its opening, a tick or a scheduled instant by its time.",
                null=True,
            ),
        ),
        migrations.AddIndex(
            model_name="execution",
            index=models.Index(
                condition=models.Q(("status", "pending")),
                fields=["priority", "queued_at"],
                name="execution_urgent",
            ),
        ),
        migrations.AddConstraint(
            model_name="realtimeplan",
            constraint=models.UniqueConstraint(
                fields=(
                    "version",
                    "product",
                    "instrument_key",
                    "timeframe",
                    "trigger",
                    "schedule",
                    "params_sha256",
                ),
                name="one_plan_each",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="realtimeplan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("trigger", "schedule"), models.Q(("schedule", ""), _negated=True)),
                    models.Q(models.Q(("trigger", "schedule"), _negated=True), ("schedule", "")),
                    _connector="OR",
                ),
                name="plans_have_a_schedule_by_their_trigger",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=(
                    "user",
                    "script",
                    "instrument_key",
                    "timeframe",
                    "trigger",
                    "schedule",
                    "params_sha256",
                ),
                name="one_active_subscription_each",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("trigger", "schedule"), models.Q(("schedule", ""), _negated=True)),
                    models.Q(models.Q(("trigger", "schedule"), _negated=True), ("schedule", "")),
                    _connector="OR",
                ),
                name="subscriptions_have_a_schedule_by_their_trigger",
            ),
        ),
    ]
