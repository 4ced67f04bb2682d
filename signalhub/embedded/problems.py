"""What can keep the embedded servers or the demo from running."""

from __future__ import annotations


class SetupProblem(Exception):
    """Something on this machine keeps the servers or the demo from running."""


def last_lines(text: str, *, count: int = 30) -> str:
    """Return the last ``count`` lines of a log."""
    return "\n".join(text.splitlines()[-count:])
