"""Becomes the queue's cluster, as a child that does not outlive the worker that watches it.

Run as ``python -m execution.cluster_process PARENT_PID``. Nothing of Django is imported before the
program is replaced.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Have the kernel ask this process to end when its parent dies, and become the cluster."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != int(sys.argv[1]):
        raise SystemExit("the worker is gone already")
    os.execv(sys.executable, [sys.executable, "manage.py", "run_cluster"])


if __name__ == "__main__":
    main()
