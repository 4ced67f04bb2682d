"""What reading a version's source without running it found: advice for whoever reviews it."""

from __future__ import annotations

import uuid

from django.db import models

LEVEL_MAX_LENGTH = 10
PROBLEM_MAX_LENGTH = 500


class VersionScreening(models.Model):
    """The newest screening of a version, or the wish for one.

    Without ``screened_at``, and when the hash is not the source's, it is still to be made.
    """

    version = models.OneToOneField(
        "registry.ScriptVersion", on_delete=models.CASCADE, related_name="screening"
    )
    version_id: uuid.UUID
    source_sha256 = models.CharField(max_length=64, blank=True)
    rules_sha256 = models.CharField(max_length=64, blank=True)
    findings = models.JSONField(default=list)
    facts = models.JSONField(
        null=True, blank=True, help_text="modules, reads and functions; null when not known."
    )
    worst_level = models.CharField(max_length=LEVEL_MAX_LENGTH, blank=True)
    requested_at = models.DateTimeField(null=True, blank=True)
    screened_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(
        max_length=PROBLEM_MAX_LENGTH, blank=True, help_text="Why it could not be made yet."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(screened_at=None)
                | ~models.Q(source_sha256="") & ~models.Q(rules_sha256=""),
                name="screenings_name_what_was_read",
            ),
        ]

    def __str__(self) -> str:
        return f"Screening of {self.version}"
