"""Who said what about which bytes, and when."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from registry.models.scripts import NOTE_MAX_LENGTH


class Verdict(models.TextChoices):
    APPROVE = "approve", "approved"
    REQUEST_CHANGES = "request_changes", "requested changes"


class Review(models.Model):
    """One verdict of one reviewer on the source with one hash."""

    version = models.ForeignKey(
        "registry.ScriptVersion", on_delete=models.PROTECT, related_name="reviews"
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reviews"
    )
    verdict = models.CharField(max_length=20, choices=Verdict.choices)
    note = models.TextField(blank=True, max_length=NOTE_MAX_LENGTH)
    checklist = models.JSONField(default=list, help_text="The points that the reviewer ticked.")
    source_sha256 = models.CharField(max_length=64)
    manifest_sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(verdict__in=Verdict.values), name="verdict_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reviewer} {self.get_verdict_display()}: {self.version}"
