"""Runs of a version over history, to see what it does before anybody relies on it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.ids import uuid7


class TrialPurpose(models.TextChoices):
    AUTHOR = "author", "asked for by its author"
    EVIDENCE = "evidence", "evidence for its review"


class TrialStatus(models.TextChoices):
    PENDING = "pending", "pending"
    RUNNING = "running", "running"
    COMPLETED = "completed", "completed"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "cancelled"


UNFINISHED_TRIALS = (TrialStatus.PENDING, TrialStatus.RUNNING)


class Trial(models.Model):
    """One run of a version's snapshot over the bars of one instrument.

    ``source`` and ``manifest`` are those at the time of the request: a draft may change while its
    trial waits. Nothing of it is published to a stream.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.ForeignKey(
        "registry.ScriptVersion", on_delete=models.CASCADE, related_name="trials"
    )
    purpose = models.CharField(max_length=10, choices=TrialPurpose.choices)
    source = models.TextField()
    source_sha256 = models.CharField(max_length=64)
    manifest = models.JSONField()
    instrument_key = models.CharField(max_length=40)
    timeframe = models.CharField(max_length=8)
    params = models.JSONField(default=dict)
    bars = models.PositiveIntegerField(help_text="The newest closed bars that it runs over.")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="trials",
        help_text="As whom the script reads.",
    )
    requested_at = models.DateTimeField()
    status = models.CharField(
        max_length=10, choices=TrialStatus.choices, default=TrialStatus.PENDING
    )
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    bars_done = models.PositiveIntegerField(default=0)
    outputs = models.JSONField(
        default=list, help_text="Of each bar: bar, value, timestamp, metadata."
    )
    outputs_sha256 = models.CharField(max_length=64, blank=True)
    plots = models.JSONField(default=list)
    log = models.JSONField(default=list)
    usage = models.JSONField(default=dict, help_text="runs, cpu_ms, wall_ms, memory_mb and calls.")
    error = models.JSONField(null=True, blank=True, help_text="code, message and line.")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=UNFINISHED_TRIALS, finished_at=None)
                | Q(~Q(status__in=UNFINISHED_TRIALS), finished_at__isnull=False),
                name="finished_trials_have_an_end",
            ),
            models.CheckConstraint(
                condition=~Q(status="running") | Q(lease_until__isnull=False),
                name="running_trials_have_a_lease",
            ),
        ]

    def __str__(self) -> str:
        return f"Trial of {self.version} on {self.instrument_key} {self.timeframe}"
