"""What one run may use: what its reader's tier gives, and never more than the platform's settings.

An error over a limit is put into words here: whose limit it is, its number, and what to do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.conf import settings

from accounts.models import Tier, User
from execution.sandbox.limits import MEBIBYTE, SandboxLimits

# What a limit allows, and what an author does about it.
_WORDS = {
    "wall_seconds": ("{} s a run", "Read fewer bars or do less per run."),
    "cpu_seconds": ("{} s of processor time a run", "Read fewer bars or do less per run."),
    "memory_bytes": ("{} MB of memory a run", "Hold less at a time."),
    "log_lines": ("{} log lines a run", "Log less."),
    "log_line_characters": ("{} characters a log line", "Log shorter lines."),
    "log_bytes": ("{} bytes of log a run", "Log less."),
    "signals": ("{} signals a run", "Emit only what a subscriber needs."),
    "calls": ("{} reads a run", "Read once and keep what was read."),
    "output_bytes": ("{} bytes of output a run", "Put out less."),
    "frame_bytes": ("{} bytes in one message", "Put out less at a time."),
    "source_bytes": ("{} bytes of source", "Write a shorter script."),
    "input_bytes": ("{} bytes of answers to a run", "Read fewer bars or outputs."),
    "rows": ("{} rows a run", "Compute fewer bars."),
    "plots": ("{} plots a run", "Plot what a reader needs to see."),
    "plot_points": ("{} points a plot", "Plot fewer bars."),
}


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """The limits of a run, and the tier they come from."""

    tier: str
    limits: SandboxLimits
    # The limits for which the tier decides; the others hold for everybody.
    of_tier: frozenset[str]

    def sentence(self, limit: str) -> str:
        """Say what a limit allows, by whose decision, and what helps."""
        allowed = getattr(self.limits, limit)
        number = allowed // MEBIBYTE if limit == "memory_bytes" else allowed
        what, advice = _WORDS[limit]
        who = f"The {self.tier} tier allows" if limit in self.of_tier else "The platform allows"
        return f"{who} {what.format(f'{number:.10g}')}. {advice}"


def sandbox_limits() -> SandboxLimits:
    """Return what no run goes beyond, whoever its reader is."""
    return SandboxLimits(
        wall_seconds=settings.SANDBOX_WALL_SECONDS,
        cpu_seconds=settings.SANDBOX_CPU_SECONDS,
        memory_bytes=settings.SANDBOX_MEMORY_MB * MEBIBYTE,
        signals=settings.SANDBOX_SIGNALS,
        log_lines=settings.SANDBOX_LOG_LINES,
        source_bytes=settings.SCRIPT_SOURCE_MAX_BYTES,
    )


def limits_of(user: User) -> SandboxLimits:
    """Return what one run that reads as a user may use."""
    return allowance_of(user).limits


def allowance_of(user: User) -> Allowance:
    """Return what one run that reads as a user may use, with the tier that gives it."""
    ceiling = sandbox_limits()
    given = {
        name: value
        for name, value in _given_by(user.tier).items()
        if value <= getattr(ceiling, name)
    }
    return Allowance(
        tier=user.tier.name, limits=replace(ceiling, **given), of_tier=frozenset(given)
    )


def _given_by(tier: Tier) -> dict[str, int]:
    return {
        "wall_seconds": tier.run_wall_seconds,
        "cpu_seconds": tier.run_cpu_seconds,
        "memory_bytes": tier.run_memory_mb * MEBIBYTE,
        "log_lines": tier.run_log_lines,
    }
