"""Runs of script versions.

The execution row is the job: the queue only carries its id. Its status, lease, fence and attempts
decide who may run it and whose result counts.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from common.ids import uuid7
from execution.models.plans import RealtimePlan

IDEMPOTENCY_KEY_MAX_LENGTH = 80


class ExecutionStatus(models.TextChoices):
    WAITING = "waiting", "waiting for other executions"
    PENDING = "pending", "pending"
    RUNNING = "running", "running"
    COMPLETED = "completed", "completed"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "cancelled"


UNFINISHED = (ExecutionStatus.WAITING, ExecutionStatus.PENDING, ExecutionStatus.RUNNING)


class ExecutionKind(models.TextChoices):
    ONETIME = "onetime", "one-time"
    REALTIME = "realtime", "realtime"
    DEPENDENCY = "dependency", "dependency of a one-time run"


class RunPriority(models.IntegerChoices):
    """How urgent a run is: workers take the smallest number first."""

    PAID = 1, "realtime, paid"
    FREE = 2, "realtime, free"
    ONETIME = 3, "one-time"
    BACKFILL = 4, "trial or backfill"


class Execution(models.Model):
    """One run of one version: the request, the job and the record of it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=12, choices=ExecutionKind.choices)
    version = models.ForeignKey(
        "registry.ScriptVersion", on_delete=models.PROTECT, related_name="executions"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="executions",
        db_index=False,  # another index begins with it; so it is with the plan
        help_text="As whom the script reads.",
    )
    instrument_key = models.CharField(max_length=40)
    timeframe = models.CharField(max_length=8)
    params = models.JSONField(default=dict)
    params_sha256 = models.CharField(max_length=64)
    as_of = models.DateTimeField(help_text="The run's clock: nothing later is visible to it.")

    plan = models.ForeignKey(
        RealtimePlan,
        on_delete=models.PROTECT,
        null=True,
        related_name="executions",
        db_index=False,
    )
    due_at = models.DateTimeField(
        null=True,
        help_text="What the plan ran for: a bar by its opening, a tick or a scheduled instant by "
        "its time.",
    )
    bar_opened_at = models.DateTimeField(null=True)
    occasion = models.JSONField(
        default=dict, help_text="What the script is told of what set it off, besides a closed bar."
    )
    confirmed = models.BooleanField(
        default=True, help_text="Whether it rests on closed bars only, so that it will not change."
    )
    coalesced = models.PositiveIntegerField(
        default=0, help_text="Ticks before it that were not run for, since they came too fast."
    )
    missed = models.PositiveIntegerField(
        default=0,
        help_text="Scheduled instants before it that passed while nobody was there, or bars that "
        "came too late.",
    )
    held = models.PositiveIntegerField(
        default=0, help_text="What came before it and was passed over under a hold."
    )
    undeclared = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Whether no output has told of these counts yet: its own does, or else the next "
        "of its stream.",
    )
    stream = models.ForeignKey("streams.Stream", on_delete=models.PROTECT, null=True)
    product_subscription = models.ForeignKey(
        "registry.ProductSubscription",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="executions",
        db_index=False,
        help_text="The right to a product that the run rests on; none: a right to the script.",
    )
    parent = models.ForeignKey(
        "self",
        on_delete=models.CASCADE,
        null=True,
        related_name="dependency_runs",
        db_index=False,
    )
    waits_for = ArrayField(models.UUIDField(), default=list)

    status = models.CharField(
        max_length=10, choices=ExecutionStatus.choices, default=ExecutionStatus.PENDING
    )
    outcome = models.CharField(max_length=40, blank=True)
    error = models.JSONField(null=True, help_text="code, message, line and what else helps.")
    priority = models.PositiveSmallIntegerField(
        choices=RunPriority.choices, default=RunPriority.ONETIME
    )
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    idempotency_key = models.CharField(  # noqa: DJ001  NULL is "none given"
        max_length=IDEMPOTENCY_KEY_MAX_LENGTH, null=True
    )

    created_at = models.DateTimeField()
    queued_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    outputs = models.JSONField(default=list)
    output_sha256 = models.CharField(max_length=64, blank=True)
    log = models.JSONField(default=list)
    log_sha256 = models.CharField(max_length=64, blank=True)
    script_sha256 = models.CharField(
        max_length=64, blank=True, help_text="Of the bytes that ran; empty when none did."
    )
    module_set_sha256 = models.CharField(
        max_length=64, blank=True, help_text="Of the libraries and the guest's code it ran on."
    )
    seed = models.BigIntegerField(null=True)
    limits = models.JSONField(null=True, help_text="What the run might use.")
    capsule_sha256 = models.CharField(
        max_length=64, blank=True, help_text="Of all that is needed to repeat the run."
    )
    duration_ms = models.FloatField(null=True)
    cpu_ms = models.FloatField(null=True)
    memory_mb = models.FloatField(null=True)
    page_faults = models.PositiveIntegerField(null=True)
    calls = models.PositiveIntegerField(null=True)
    bytes_out = models.PositiveBigIntegerField(null=True)
    exit = models.CharField(
        max_length=60, blank=True, help_text="How the script's process ended, as the kernel says."
    )

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "due_at"], name="one_run_per_due_instant"),
            models.CheckConstraint(
                condition=Q(plan=None) | Q(due_at__isnull=False), name="runs_of_plans_are_due"
            ),
            models.UniqueConstraint(
                fields=["user", "idempotency_key"],
                condition=Q(idempotency_key__isnull=False),
                name="one_run_per_idempotency_key",
            ),
            models.CheckConstraint(
                condition=Q(status__in=UNFINISHED, finished_at=None)
                | Q(~Q(status__in=UNFINISHED), finished_at__isnull=False),
                name="finished_runs_have_an_end",
            ),
            models.CheckConstraint(
                condition=~Q(status="running") | Q(lease_until__isnull=False),
                name="running_runs_have_a_lease",
            ),
        ]
        indexes = [
            models.Index(
                fields=["status", "lease_until"],
                condition=Q(status="running"),
                name="execution_leases",
            ),
            models.Index(
                fields=["queued_at"], condition=Q(status="pending"), name="execution_queue"
            ),
            models.Index(
                fields=["priority", "queued_at"],
                condition=Q(status="pending"),
                name="execution_urgent",
            ),
            # By the instrument, which those that wait for each other have in common: PostgreSQL
            # looks into no array by an index where row-level security is on.
            models.Index(
                fields=["instrument_key"],
                condition=Q(status="waiting"),
                name="execution_waiting",
            ),
            models.Index(
                fields=["plan"],
                condition=Q(status__in=UNFINISHED),
                name="execution_unfinished_of_plan",
            ),
            # What most runs lack is indexed where it is there: each row is written three times.
            models.Index(
                fields=["parent"], condition=Q(parent__isnull=False), name="execution_nested"
            ),
            models.Index(
                fields=["product_subscription"],
                condition=Q(product_subscription__isnull=False),
                name="execution_of_subscription",
            ),
            models.Index(fields=["user", "-id"], name="execution_of_user"),
            models.Index(
                fields=["user"],
                condition=Q(kind="onetime", status__in=UNFINISHED),
                name="execution_unfinished_of_user",
            ),
            models.Index(fields=["finished_at"], name="execution_finished"),
            models.Index(
                fields=["stream"], condition=Q(undeclared=True), name="execution_undeclared"
            ),
            models.Index(
                fields=["stream", "as_of"],
                condition=Q(plan=None, stream__isnull=False),
                name="execution_background",
            ),
            models.Index(
                fields=["finished_at"],
                condition=Q(outcome="held"),
                name="execution_ended_as_held",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} on {self.instrument_key} at {self.as_of:%Y-%m-%d %H:%M}"

    @property
    def execution_id(self) -> str:
        """The identifier callers see: who and what, then the unique, time-ordered part."""
        if self.product_subscription is not None:
            product_id = self.product_subscription.product.public_id
            return f"exec_{product_id}_{self.instrument_key}_{self.pk.hex}"
        script_id = self.version.script_id
        return f"exec_personal_{self.user_id}_{script_id}_{self.pk.hex}"

    @property
    def product_id(self) -> UUID | None:
        """The product whose subscriber the run is for, or None."""
        subscription = self.product_subscription
        return subscription.product_id if subscription else None

    @property
    def passed_over(self) -> dict[str, int]:
        """What came before it and was not run for, counted by the reason; nothing is left out."""
        counts = {"coalesced": self.coalesced, "missed": self.missed, "held": self.held}
        return {reason: count for reason, count in counts.items() if count}

    @property
    def was_run_again(self) -> bool:
        """Whether an operator queued it once more: its attempts began anew, its fence did not."""
        return self.fence > self.attempts

    @property
    def is_finished(self) -> bool:
        return self.status not in UNFINISHED

    def usage(self) -> dict[str, Any]:
        """Return what the run cost."""
        return {
            "duration_ms": self.duration_ms,
            "cpu_ms": self.cpu_ms,
            "memory_mb": self.memory_mb,
            "page_faults": self.page_faults,
            "calls": self.calls,
            "bytes_out": self.bytes_out,
            "exit": self.exit,
        }
