"""What the command line can do; each function returns an exit status."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

from signalhub.embedded.addresses import ServerAddresses
from signalhub.embedded.credentials import write_privately
from signalhub.embedded.demo import STOP_SIGNALS, Demo
from signalhub.embedded.detach import let_go_of_terminal, start_detached
from signalhub.embedded.progress import say, step
from signalhub.embedded.records import SUPERVISOR, DemoPaths, read_identities
from signalhub.embedded.servers import ensure_servers
from signalhub.embedded.stop import stop_demo
from signalhub.embedded.topology import ROOT, WebAddress


def run(argv: Sequence[str], *, data_dir: Path, environment: Mapping[str, str]) -> int:
    """Run a command with all three servers in its environment; return its exit status."""
    command = argv[1:] if argv[:1] == ["--"] else argv
    with ensure_servers(data_dir, persist=False, environment=environment) as addresses:
        child = subprocess.Popen(command, env={**environment, **addresses.as_environment()})
        return _wait_for(child)


def serve(*, data_dir: Path, environment: Mapping[str, str]) -> int:
    """Provide all three servers until told to stop; ``env.sh`` in the folder names them."""
    with ensure_servers(data_dir, persist=True, environment=environment) as addresses:
        script = data_dir / "env.sh"
        write_privately(script, as_shell_script(addresses))
        say(f"ready; `. {script}` sets the environment")
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        signal.sigwait(STOP_SIGNALS)
    return 0


def demo(*, detach: bool, tell: int | None, environment: Mapping[str, str]) -> int:
    """Start the demo unless it runs already."""
    paths = demo_paths(environment)
    supervisor = read_identities(paths).get(SUPERVISOR)
    if supervisor is not None and supervisor.is_running():
        return _say_that_it_runs(paths)
    if tell is None and stop_demo(paths):
        say("  ended what an earlier demo had left")
    if detach:
        return start_detached(paths, environment=environment)

    def on_ready(web: WebAddress) -> None:
        say(f"\nSignalHub answers on {web.urls['web']}/ · logs in {paths.log_dir}")
        if tell is None:
            say("Ctrl-C ends it.")
        else:
            say("`make stop` ends it.")
            let_go_of_terminal(paths.log_dir / "supervisor.log", tell=tell)

    Demo(paths, environment=environment).run(on_ready=on_ready)
    return 0


def stop(*, environment: Mapping[str, str]) -> int:
    """End the demo; nothing to end is fine as well."""
    paths = demo_paths(environment)
    with step("ending the demo"):
        ended = stop_demo(paths)
    say(f"{ended} processes ended" if ended else "nothing was running")
    return 0


def demo_paths(environment: Mapping[str, str]) -> DemoPaths:
    """Return where the demo keeps its things."""
    return DemoPaths(Path(environment.get("VAR_DIR") or ROOT / "var").resolve())


def as_shell_script(addresses: ServerAddresses) -> str:
    """Return the lines that put addresses into a shell's environment."""
    variables = addresses.as_environment().items()
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables)


def _say_that_it_runs(paths: DemoPaths) -> int:
    if not paths.summary.exists():
        say("the demo is being started already; `make stop` ends it")
        return 1
    web = json.loads(paths.summary.read_text())["urls"]["web"]
    say(f"the demo is running already on {web}/; `make stop` ends it")
    return 0


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
