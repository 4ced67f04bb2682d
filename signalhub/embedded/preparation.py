"""One step between the servers and the processes: a command that must succeed."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from signalhub.embedded.problems import SetupProblem, last_lines
from signalhub.embedded.processes import launched
from signalhub.embedded.topology import ROOT


class StepFailed(SetupProblem):
    """A step of the start went wrong."""


def run_step(command: Sequence[str], *, environment: Mapping[str, str], log_dir: Path) -> None:
    """Run a command to its end, with its output in the log of the preparations."""
    log_dir.mkdir(parents=True, exist_ok=True)
    path = log_dir / "preparations.log"
    with path.open("ab") as log:
        began_at = log.tell()
        outcome = subprocess.run(
            launched(tuple(command)),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env=dict(environment),
            start_new_session=True,
            check=False,
        )
    if outcome.returncode != 0:
        output = path.read_bytes()[began_at:].decode(errors="replace")
        raise StepFailed(f"`{' '.join(command[1:])}` failed:\n{last_lines(output)}")
