"""Where a script's personal alias stands: the one object of the store that changes."""

from __future__ import annotations

import uuid

from django.db import models


class PersonalAlias(models.Model):
    """Which version the alias of a script held when it was last written.

    It is behind while ``version`` is not the script's current one; a crash between the two leaves
    exactly that, and whoever repairs aliases finds it here. None: there is no alias.
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
