"""What looking after the platform leaves behind: silences, advice to scale, drained machines."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.ids import uuid7
from execution.models.plans import RealtimePlan, Trigger


class SilenceCause(models.TextChoices):
    NO_BAR = "no_bar", "no bar came"
    NO_RUN = "no_run", "a bar came, and nothing ran"


# What came, and nothing ran on it.
WAITED_FOR = {
    Trigger.TICK: "ticks came, and nothing ran",
    Trigger.SCHEDULE: "its instant came, and nothing ran",
}


def missing_in_words(cause: str, trigger: str) -> str:
    """Return what is missing of a stream that something sets off."""
    if cause == SilenceCause.NO_RUN and trigger in WAITED_FOR:
        return WAITED_FOR[Trigger(trigger)]
    return str(SilenceCause(cause).label)


class SilenceEnd(models.TextChoices):
    SPOKE = "spoke", "it spoke again"
    NOT_EXPECTED = "not_expected", "nothing is expected of it any more"


class Silence(models.Model):
    """A time in which a stream should have spoken and did not: one row for each."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    plan = models.ForeignKey(RealtimePlan, on_delete=models.CASCADE, related_name="silences")
    stream = models.ForeignKey(
        "streams.Stream",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text="None: it has never spoken.",
    )
    cause = models.CharField(max_length=10, choices=SilenceCause.choices)
    expected_by = models.DateTimeField(help_text="When it should have spoken at the latest.")
    last_at = models.DateTimeField(help_text="When it spoke last, or was first asked for.")
    noticed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=12, choices=SilenceEnd.choices, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan"], condition=Q(ended_at=None), name="one_open_silence_each"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by="")
                | Q(~Q(ended_by=""), ended_at__isnull=False),
                name="ended_silences_say_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} since {self.expected_by:%Y-%m-%d %H:%M:%S}"

    @property
    def missing(self) -> str:
        """Return what is missing, in words."""
        return missing_in_words(self.cause, self.plan.trigger)


class ScalingAdvice(models.Model):
    """A change in the number of workers that was advised, and why."""

    at = models.DateTimeField()
    action = models.CharField(max_length=10)
    urgency = models.CharField(max_length=10)
    score = models.FloatField()
    confidence = models.FloatField()
    pods = models.PositiveIntegerField(help_text="How many there were.")
    recommended_pods = models.PositiveIntegerField()
    reason = models.CharField(max_length=300)

    class Meta:
        ordering = ["-at"]
        verbose_name_plural = "scaling advice"

    def __str__(self) -> str:
        return f"{self.action} to {self.recommended_pods} at {self.at:%Y-%m-%d %H:%M:%S}"


class Drain(models.Model):
    """A machine that takes no new work: its workers finish what they run, and stop."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    machine = models.CharField(max_length=120)
    reason = models.CharField(max_length=300)
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    placed_at = models.DateTimeField()
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["machine"], condition=Q(lifted_at=None), name="one_open_drain_each"
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="lifted_drains_have_an_actor",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.machine} since {self.placed_at:%Y-%m-%d %H:%M:%S}"
