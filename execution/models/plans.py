"""Standing requests for realtime runs, and what is computed once for all of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.ids import uuid7

SCHEDULE_MAX_LENGTH = 160  # a cron expression of 100 characters and the longest name of a zone


class Trigger(models.TextChoices):
    """What sets a run off."""

    BAR = "bar", "every closed bar"
    TICK = "tick", "every tick"
    SCHEDULE = "schedule", "a schedule"


def _has_a_schedule_by_its_trigger(name: str) -> models.CheckConstraint:
    scheduled = Q(trigger=Trigger.SCHEDULE)
    return models.CheckConstraint(
        condition=(scheduled & ~Q(schedule="")) | (~scheduled & Q(schedule="")), name=name
    )


class Subscription(models.Model):
    """A standing request of one user: run this script whenever something happens to an instrument.

    What that is, its trigger says: a bar closes, a tick comes, or the clock reaches an instant.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="subscriptions"
    )
    script = models.ForeignKey(
        "registry.Script", on_delete=models.PROTECT, related_name="subscriptions"
    )
    instrument_key = models.CharField(max_length=40)
    timeframe = models.CharField(max_length=8)
    trigger = models.CharField(max_length=10, choices=Trigger.choices, default=Trigger.BAR)
    schedule = models.CharField(
        max_length=SCHEDULE_MAX_LENGTH,
        blank=True,
        default="",
        help_text="Five fields of cron and a time zone, such as 30 9 * * MON-FRI Europe/London.",
    )
    params = models.JSONField(default=dict)
    params_sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "user",
                    "script",
                    "instrument_key",
                    "timeframe",
                    "trigger",
                    "schedule",
                    "params_sha256",
                ],
                condition=Q(ended_at=None),
                name="one_active_subscription_each",
            ),
            _has_a_schedule_by_its_trigger("subscriptions_have_a_schedule_by_their_trigger"),
        ]

    def __str__(self) -> str:
        return f"{self.script} on {self.instrument_key} {self.timeframe} for {self.user}"


class RealtimePlan(models.Model):
    """What is computed once and fanned out to every subscriber entitled to it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.ForeignKey(
        "registry.ScriptVersion", on_delete=models.PROTECT, related_name="plans"
    )
    product = models.ForeignKey(
        "registry.Product",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="plans",
        help_text="For whose subscribers it is computed; none: for the script's own.",
    )
    instrument_key = models.CharField(max_length=40)
    timeframe = models.CharField(max_length=8)
    trigger = models.CharField(max_length=10, choices=Trigger.choices, default=Trigger.BAR)
    schedule = models.CharField(
        max_length=SCHEDULE_MAX_LENGTH,
        blank=True,
        default="",
        help_text="Five fields of cron and a time zone, such as 30 9 * * MON-FRI Europe/London.",
    )
    params = models.JSONField(default=dict)
    params_sha256 = models.CharField(max_length=64)
    done_until = models.DateTimeField(
        null=True,
        help_text="The newest that executions were created for: a bar by its opening, a tick or a "
        "scheduled instant by its time.",
    )
    held = models.PositiveIntegerField(
        default=0, help_text="What was passed over under a hold, and is still to be declared."
    )
    leads = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Whether it speaks in its script's stream, of all versions' plans for the same; "
        "one that something pinned speaks in a stream of its own.",
    )
    wanted_since = models.DateTimeField(
        null=True,
        help_text="Since when somebody has been there all the time for whom it runs; none: nobody "
        "is, and what comes meanwhile is not run for.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "version",
                    "product",
                    "instrument_key",
                    "timeframe",
                    "trigger",
                    "schedule",
                    "params_sha256",
                ],
                nulls_distinct=False,
                name="one_plan_each",
            ),
            _has_a_schedule_by_its_trigger("plans_have_a_schedule_by_their_trigger"),
        ]

    def __str__(self) -> str:
        return f"{self.version} on {self.instrument_key} {self.timeframe}"
