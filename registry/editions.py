"""What is saved of a script's draft, as one value: whoever saves names the one they saw."""

from __future__ import annotations

from common.canonical import digest
from registry import queries
from registry.models import DraftAutosave, Script


def edition_of(script: Script) -> str:
    """Return what changes whenever what is saved of a script's draft does."""
    version = queries.open_version(script) or queries.last_released(script)
    autosave = DraftAutosave.objects.filter(script=script).first()
    return digest(
        [
            str(version.pk) if version else None,
            version.edited_at.isoformat() if version else None,
            version.status if version else None,
            autosave.saved_at.isoformat() if autosave else None,
        ]
    )
