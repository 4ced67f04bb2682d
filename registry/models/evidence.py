"""What runs over history showed about a submitted version: what its review rests on."""

from __future__ import annotations

import uuid

from django.db import models

from registry.models.screenings import PROBLEM_MAX_LENGTH


class VersionEvidence(models.Model):
    """The newest evidence about a version, or the wish for it.

    Without ``made_at``, and when a hash is not the version's, it is still to be made.
    """

    version = models.OneToOneField(
        "registry.ScriptVersion", on_delete=models.CASCADE, related_name="evidence"
    )
    version_id: uuid.UUID
    source_sha256 = models.CharField(max_length=64, blank=True)
    manifest_sha256 = models.CharField(max_length=64, blank=True)
    requested_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(null=True, blank=True)
    report = models.JSONField(default=dict)
    problem = models.CharField(
        max_length=PROBLEM_MAX_LENGTH, blank=True, help_text="Why it could not be made yet."
    )

    queued_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(
        null=True, blank=True, help_text="Until when somebody is believed to be making it."
    )
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name_plural = "version evidence"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(made_at=None)
                | ~models.Q(source_sha256="") & ~models.Q(manifest_sha256=""),
                name="evidence_names_what_was_run",
            ),
        ]

    def __str__(self) -> str:
        return f"Evidence about {self.version}"
