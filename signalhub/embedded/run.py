"""Running one command with the servers it needs."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

from signalhub.embedded.addresses import ServerAddresses
from signalhub.embedded.credentials import write_privately
from signalhub.embedded.servers import ensure_servers

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_with_servers(
    command: Sequence[str], *, data_dir: Path, persist: bool, environment: Mapping[str, str]
) -> int:
    """Run a command with all three servers in its environment and return its exit status."""
    with ensure_servers(data_dir, persist=persist, environment=environment) as addresses:
        child = subprocess.Popen(command, env={**environment, **addresses.as_environment()})
        return _wait_for(child)


def serve(*, data_dir: Path, persist: bool, environment: Mapping[str, str]) -> None:
    """Provide all three servers until told to stop; ``env.sh`` in the data folder names them."""
    with ensure_servers(data_dir, persist=persist, environment=environment) as addresses:
        script = data_dir / "env.sh"
        write_privately(script, as_shell_script(addresses))
        print(f"ready; `. {script}` sets the environment", flush=True)
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        signal.sigwait(STOP_SIGNALS)


def as_shell_script(addresses: ServerAddresses) -> str:
    """Return the lines that put addresses into a shell's environment."""
    variables = addresses.as_environment().items()
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables)


def _wait_for(child: subprocess.Popen[bytes]) -> int:
    # A terminal sends its Ctrl-C to the child as well, which then ends in its own way.
    def pass_on(number: int, frame: FrameType | None) -> None:
        if number != signal.SIGINT:
            os.kill(child.pid, number)

    previous = {number: signal.signal(number, pass_on) for number in STOP_SIGNALS}
    try:
        status = child.wait()
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    return status if status >= 0 else 128 - status
