"""What an author typed last where it is not yet a draft that validates. Nothing typed is lost."""

from __future__ import annotations

import json
import uuid
from typing import Any, cast

from django.db import models


class DraftAutosave(models.Model):
    """The fields of a script's form as they were typed, beside its last valid draft."""

    script = models.OneToOneField(
        "registry.Script", on_delete=models.CASCADE, related_name="autosave"
    )
    script_id: uuid.UUID
    # Text, not JSON of the database: that cannot hold the character NUL, which people do paste.
    typed = models.TextField()
    problem = models.TextField(blank=True, help_text="Why it is not a draft yet.")
    saved_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Autosave of {self.script}"

    @property
    def fields(self) -> dict[str, Any]:
        """Return what was typed, by field."""
        return cast("dict[str, Any]", json.loads(self.typed))
