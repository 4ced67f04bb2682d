"""What operators have to look at."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.ids import uuid7


class AlertKind(models.TextChoices):
    VIOLATION = "violation", "violation"
    QUARANTINE = "quarantine", "quarantine"
    SILENCE = "silence", "silence"


class AlertLevel(models.TextChoices):
    WARNING = "warning", "warning"
    CRITICAL = "critical", "critical"


class Alert(models.Model):
    """Something an operator has to look at: one row for as long as nobody did, however often.

    It is about a version, and then for the operators of its house; or about a machine, and then
    for all of them.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=20, choices=AlertKind.choices)
    level = models.CharField(max_length=10, choices=AlertLevel.choices)
    version = models.ForeignKey(
        "registry.ScriptVersion",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="alerts",
    )
    machine = models.CharField(max_length=120, blank=True)
    message = models.TextField(help_text="What was seen last.")
    count = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    last_at = models.DateTimeField()
    mail_problem = models.CharField(max_length=300, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    cleared_at = models.DateTimeField(
        null=True, blank=True, help_text="When what was wrong was found to be over."
    )

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "version", "machine"],
                condition=Q(acknowledged_at=None, cleared_at=None),
                nulls_distinct=False,
                name="one_open_alert_each",
            ),
            models.CheckConstraint(
                condition=Q(version=None) ^ Q(machine=""), name="alerts_have_one_subject"
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_by=None, acknowledged_at=None)
                | Q(acknowledged_by__isnull=False, acknowledged_at__isnull=False),
                name="acknowledgements_have_an_actor",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.version or self.machine}"
