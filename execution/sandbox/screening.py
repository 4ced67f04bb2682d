"""What would have a script rejected, line by line, found out where scripts are read: the jail."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One reason to reject a script, and the line it is on when that is known."""

    line: int | None
    message: str


def screen(source: str) -> list[Finding]:
    """Return every reason for which a script would be rejected; none when it would run.

    Raises
    ------
    SandboxUnavailable
        The isolation this machine has to offer is not proven.
    """
    # Imported late: the supervisor itself speaks of findings.
    from execution.sandbox.supervisor import process_wide_sandbox

    return process_wide_sandbox().screen(source)
