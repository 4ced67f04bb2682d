"""How the newest run of a draft over history ended: something its checklist asks about."""

from __future__ import annotations

import uuid

from django.db import models


class HistoryRun(models.Model):
    """The newest run of a version over history, and the hashes of what ran."""

    version = models.OneToOneField(
        "registry.ScriptVersion", on_delete=models.CASCADE, related_name="history_run"
    )
    version_id: uuid.UUID
    source_sha256 = models.CharField(max_length=64)
    manifest_sha256 = models.CharField(max_length=64)
    problem = models.TextField(blank=True, help_text="The error that ended it; empty: none did.")
    ended_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Run of {self.version} over history"
