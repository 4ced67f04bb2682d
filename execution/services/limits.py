"""The limits of a run, from the settings."""

from __future__ import annotations

from django.conf import settings

from execution.sandbox.limits import MEBIBYTE, SandboxLimits


def sandbox_limits() -> SandboxLimits:
    """Return what one run may use."""
    return SandboxLimits(
        wall_seconds=settings.SANDBOX_WALL_SECONDS,
        cpu_seconds=settings.SANDBOX_CPU_SECONDS,
        memory_bytes=settings.SANDBOX_MEMORY_MB * MEBIBYTE,
        signals=settings.SANDBOX_SIGNALS,
        log_lines=settings.SANDBOX_LOG_LINES,
        source_bytes=settings.SCRIPT_SOURCE_MAX_BYTES,
    )
