"""The demo in the background: start it, show what it says, and return when it answers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from signalhub.embedded.identity import INSTALLATION_VARIABLE
from signalhub.embedded.records import DemoPaths, installation_mark
from signalhub.embedded.topology import ROOT

CHUNK_BYTES = 4096
READY = b"ready"


def start_detached(paths: DemoPaths, *, environment: Mapping[str, str]) -> int:
    """Start the demo in a session of its own; return 0 once it answers, else its exit status."""
    heard, says = os.pipe()
    told, tells = os.pipe()
    command = (sys.executable, "-m", "signalhub.embedded", "demo", "--tell", str(tells))
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=says,
        stderr=says,
        cwd=ROOT,
        env={**environment, INSTALLATION_VARIABLE: installation_mark(paths)},
        pass_fds=(tells,),
        start_new_session=True,
    )
    os.close(says)
    os.close(tells)
    try:
        _show(heard)
        is_ready = os.read(told, len(READY)) == READY
    except KeyboardInterrupt:
        child.send_signal(signal.SIGTERM)
        child.wait()
        raise
    finally:
        os.close(heard)
        os.close(told)
    return 0 if is_ready else (child.wait() or 1)


def let_go_of_terminal(log_path: Path, *, tell: int) -> None:
    """From here on write to a log, and let the one who started this process return."""
    sys.stdout.flush()
    sys.stderr.flush()
    log = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(tell, READY)
    os.close(tell)
    os.dup2(log, sys.stdout.fileno())
    os.dup2(log, sys.stderr.fileno())
    os.close(log)


def _show(pipe: int) -> None:
    while chunk := os.read(pipe, CHUNK_BYTES):
        sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
