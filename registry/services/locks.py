"""Hold a script still between what somebody read of it and what they change."""

from __future__ import annotations

from registry.models import Script


def lock_script(script: Script) -> None:
    """Let nobody else edit a script until the caller's transaction ends."""
    Script.objects.select_for_update(no_key=True).filter(pk=script.pk).first()
