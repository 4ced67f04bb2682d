"""Where a script's personal alias stands: the one object of the store that changes."""

from __future__ import annotations

import uuid

from django.db import models


class PersonalAlias(models.Model):
    """Which version the alias of a script is a copy of; without a row there is no alias.

    It is behind while ``version`` is not the script's current one: None from the moment at which
    the script is pointed elsewhere until the copy is written.
    """

    script = models.OneToOneField(
        "registry.Script", on_delete=models.PROTECT, primary_key=True, related_name="alias"
    )
    version = models.ForeignKey(
        "registry.ScriptVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    version_id: uuid.UUID | None
    written_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "personal aliases"

    def __str__(self) -> str:
        return f"Alias of {self.script}"
