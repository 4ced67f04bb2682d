"""The demo: servers, migrations, seed data and processes, until somebody ends it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from types import FrameType

from signalhub.embedded import topology
from signalhub.embedded.identity import INSTALLATION_VARIABLE, ProcessIdentity
from signalhub.embedded.ports import LOOPBACK, PortBook, first_free_port
from signalhub.embedded.preparation import run_step
from signalhub.embedded.problems import SetupProblem
from signalhub.embedded.progress import say, step
from signalhub.embedded.readiness import answers
from signalhub.embedded.records import (
    SUPERVISOR,
    DemoPaths,
    installation_mark,
    remove_records,
    write_environment,
    write_identities,
    write_summary,
)
from signalhub.embedded.servers import running_servers
from signalhub.embedded.supervisor import Supervisor
from signalhub.embedded.topology import WebAddress

PREFERRED_WEB_PORT = 8000
READY_SECONDS = 120.0
WATCH_SECONDS = 0.2
# A process that dies this often before the demo was ever ready is not going to recover.
DEATHS_BEFORE_READY = 4
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class DemoNotReady(SetupProblem):
    """The demo's processes were started but it does not answer."""


class StopRequested(BaseException):
    """Somebody asked the demo to end."""


class Demo:
    """One run of the demo: this process and its children."""

    def __init__(self, paths: DemoPaths, *, environment: Mapping[str, str]) -> None:
        self._paths = paths
        self._given = {**environment, INSTALLATION_VARIABLE: installation_mark(paths)}
        self._supervisor = Supervisor(on_change=self._record, report=report_at_its_own_line)
        self._web = choose_web_address(paths, environment=environment)
        self._environment: dict[str, str] | None = None

    def run(self, *, on_ready: Callable[[WebAddress], None]) -> None:
        """Start everything, say where it answers, and look after it until told to end."""
        listen_for_stop_signals()
        with ExitStack() as cleanup:
            cleanup.callback(remove_records, self._paths)
            try:
                self._record()
                environment = self._start_servers(cleanup)
                for what, command in topology.preparations(environment).items():
                    with step(what):
                        run_step(command, environment=environment, log_dir=self._paths.log_dir)
                self._start_processes(environment)
                on_ready(self._web)
                self._watch()
            except StopRequested:
                say("\nending the demo")
            finally:
                ignore_stop_signals()
                self._supervisor.stop()

    def _start_servers(self, cleanup: ExitStack) -> dict[str, str]:
        with step("PostgreSQL, Valkey and S3"):
            servers = cleanup.enter_context(
                running_servers(self._paths.data, persist=True, environment=self._given)
            )
            self._supervisor.adopt(servers.processes)
        return topology.demo_environment(self._given, servers=servers, web=self._web)

    def _start_processes(self, environment: dict[str, str]) -> None:
        say(topology.processes_in_words())
        with step("until all of them answer"):
            self._environment = environment
            write_environment(self._paths, environment)
            self._supervisor.start(
                topology.programs(environment, web=self._web, log_dir=self._paths.log_dir)
            )
            self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        url = f"{self._web.urls['web']}/health/ready"
        while not (self._supervisor.is_settled() and answers(url)):
            self._supervisor.look_after()
            for name, deaths in self._supervisor.deaths().items():
                if deaths >= DEATHS_BEFORE_READY:
                    log = self._supervisor.recent_log(name)
                    raise DemoNotReady(f"{name} keeps ending; its log:\n{log}")
            if time.monotonic() > deadline:
                log = self._supervisor.recent_log("live")
                raise DemoNotReady(
                    f"{url} did not answer 200 within {READY_SECONDS:.0f} s; "
                    f"the log of live:\n{log}"
                )
            time.sleep(WATCH_SECONDS)

    def _watch(self) -> None:
        while True:
            self._supervisor.look_after()
            time.sleep(WATCH_SECONDS)

    def _record(self) -> None:
        running = {process.name: process.identity for process in self._supervisor.running()}
        identities = {SUPERVISOR: ProcessIdentity.of(os.getpid()), **running}
        write_identities(self._paths, identities)
        if self._environment is not None:
            pids = {name: identity.pid for name, identity in identities.items()}
            write_summary(
                self._paths, urls=self._web.urls, environment=self._environment, pids=pids
            )


def choose_web_address(paths: DemoPaths, *, environment: Mapping[str, str]) -> WebAddress:
    """Return where the demo answers: on the port asked for or the next free one."""
    host = environment.get("HOST") or LOOPBACK
    asked_for = environment.get("WEB_PORT")
    if asked_for:
        return WebAddress(host=host, port=first_free_port(int(asked_for)))
    ports = PortBook(paths.data / "ports.json")
    return WebAddress(host=host, port=ports.take("web", preferred=PREFERRED_WEB_PORT))


def report_at_its_own_line(text: str) -> None:
    """Print what happened and when, also while a step is under way."""
    say(f"\n  {datetime.now(UTC):%Y-%m-%d %H:%M:%S} {text}")


def listen_for_stop_signals() -> None:
    """Turn the signals that end a program into :class:`StopRequested`."""

    def request_stop(number: int, frame: FrameType | None) -> None:
        raise StopRequested

    for number in STOP_SIGNALS:
        signal.signal(number, request_stop)


def ignore_stop_signals() -> None:
    """Let nothing interrupt an orderly end."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
