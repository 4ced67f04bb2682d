"""Run the tests side by side, a file to a worker; `tests/conftest.py` says in which order.

One worker more than there are processors: those whose tests wait for something leave it time.
"""

from __future__ import annotations

import os
import subprocess
import sys

MOST_WORKERS = 8  # each has a database of Redis of its own, and there are sixteen


def main(arguments: list[str]) -> int:
    """Run them with what the caller adds; return pytest's exit code."""
    workers = min(len(os.sched_getaffinity(0)) + 1, MOST_WORKERS)
    command = (sys.executable, "-m", "pytest", "-n", str(workers), "--dist", "loadfile")
    ordered = (*command, "--no-loadscope-reorder")
    return subprocess.run([*ordered, *arguments], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
