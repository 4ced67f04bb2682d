"""What was given up after all attempts, kept until an operator decides about it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.ids import uuid7

WHY_MAX_LENGTH = 300


class DeadLetterKind(models.TextChoices):
    EVENT = "event", "market event"
    EXECUTION = "execution", "execution"
    ENTRY = "entry", "intake entry"


class Resolution(models.TextChoices):
    RETRIED = "retried", "retried"
    DISCARDED = "discarded", "discarded"


class DeadLetter(models.Model):
    """A market event that broke its handling, an execution that our own trouble ended, or an entry.

    An entry is what a feed wrote to the intake stream and could not be recorded.

    It stands aside, so that what came after it could go on.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=10, choices=DeadLetterKind.choices)
    event = models.CharField(
        max_length=80, blank=True, help_text="The stream of an event or entry and its id there."
    )
    execution = models.ForeignKey(
        "execution.Execution",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="dead_letters",
    )
    payload = models.JSONField(default=dict, help_text="What it said, as it came.")
    reason = models.TextField(help_text="What went wrong the last time.")
    attempts = models.PositiveIntegerField()
    created_at = models.DateTimeField()

    resolution = models.CharField(max_length=10, choices=Resolution.choices, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_why = models.CharField(max_length=WHY_MAX_LENGTH, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["event"],
                condition=Q(resolution="") & ~Q(event=""),
                name="one_open_letter_per_event",
            ),
            models.UniqueConstraint(
                fields=["execution"],
                condition=Q(resolution=""),
                name="one_open_letter_per_execution",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["event", "entry"], execution=None) & ~Q(event="")
                | Q(kind="execution", execution__isnull=False, event=""),
                name="dead_letters_have_one_subject",
            ),
            models.CheckConstraint(
                condition=Q(resolution="", resolved_at=None, resolved_by=None)
                | ~Q(resolution="") & Q(resolved_at__isnull=False, resolved_by__isnull=False),
                name="dead_letter_decisions_have_an_actor",
            ),
        ]
        indexes = [
            models.Index(fields=["-id"], condition=Q(resolution=""), name="dead_letters_open"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.event or self.execution}"
