"""The servers SignalHub needs: those the environment names, and embedded ones for the rest."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from signalhub.embedded.addresses import ServerAddresses
from signalhub.embedded.buckets import require_bucket
from signalhub.embedded.credentials import Credentials
from signalhub.embedded.installation import Installation
from signalhub.embedded.postgres import Postgres
from signalhub.embedded.problems import SetupProblem
from signalhub.embedded.processes import ManagedProcess, ProcessEnded, stop_together
from signalhub.embedded.seaweedfs import SeaweedFS
from signalhub.embedded.valkey import Valkey

START_ATTEMPTS = 3


class DataInUse(SetupProblem):
    """Servers are already running on a data folder."""


@dataclass(frozen=True)
class RunningServers:
    """The addresses of all three servers, and the processes of those started here."""

    addresses: ServerAddresses
    credentials: Credentials
    processes: list[ManagedProcess]


class EmbeddedServer(Protocol):
    """A server that can be started here."""

    @property
    def name(self) -> str:
        """Name the server."""

    def launch(self, *, log_path: Path) -> ManagedProcess:
        """Start the process on ports that are free now."""

    def wait_until_ready(self, process: ManagedProcess) -> None:
        """Return when the server answers and holds what is needed."""

    def variables(self) -> dict[str, str]:
        """Return the variables by which the settings find the server."""


@contextmanager
def ensure_servers(
    data_dir: Path, *, persist: bool, environment: Mapping[str, str]
) -> Iterator[ServerAddresses]:
    """Provide all three servers for as long as the context lasts.

    Parameters
    ----------
    data_dir
        Where the embedded servers keep their data; kept afterwards and used again.
    persist
        Whether what was acknowledged must survive the machine; tests prefer speed.
    environment
        A server named here by ``DATABASE_URL``, ``REDIS_URL`` or ``S3_ENDPOINT`` is used as it is.
    """
    with running_servers(data_dir, persist=persist, environment=environment) as running:
        yield running.addresses


@contextmanager
def running_servers(
    data_dir: Path, *, persist: bool, environment: Mapping[str, str]
) -> Iterator[RunningServers]:
    """Provide all three servers together with the processes started for them."""
    data_dir = data_dir.resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    processes: list[ManagedProcess] = []
    with ExitStack() as cleanup:
        cleanup.enter_context(sole_use_of(data_dir))
        cleanup.callback(stop_together, processes)
        installation = Installation.open(data_dir, persist=persist, environment=environment)
        servers = choose_servers(installation)
        start_servers(servers, log_dir=data_dir / "log", processes=processes)
        found = {name: value for server in servers for name, value in server.variables().items()}
        addresses = ServerAddresses.from_environment({**environment, **found})
        if "S3_ENDPOINT" not in found:
            require_bucket(addresses)
        yield RunningServers(addresses, installation.credentials, processes)


def choose_servers(installation: Installation) -> list[EmbeddedServer]:
    """Return the servers that the environment does not name, the slowest to start first."""
    given = installation.environment
    servers: list[EmbeddedServer] = []
    if not given.get("S3_ENDPOINT"):
        servers.append(SeaweedFS(installation))
    if not given.get("REDIS_URL"):
        servers.append(Valkey(installation))
    if not given.get("DATABASE_URL"):
        servers.append(Postgres(installation))
    return servers


def start_servers(
    servers: list[EmbeddedServer], *, log_dir: Path, processes: list[ManagedProcess]
) -> None:
    """Start servers side by side and add each to ``processes`` as soon as it exists."""
    # From this thread alone: the kernel ends a child when the *thread* that started it ends.
    for server in servers:
        processes.append(server.launch(log_path=log_dir / f"{server.name}.log"))
    for position, server in enumerate(servers):
        for attempts_left in reversed(range(START_ATTEMPTS)):
            try:
                server.wait_until_ready(processes[position])
                break
            except ProcessEnded:
                # Its port may have been taken in between; the next launch looks again.
                if attempts_left == 0:
                    raise
                processes[position].stop()
                processes[position] = server.launch(log_path=log_dir / f"{server.name}.log")


@contextmanager
def sole_use_of(data_dir: Path) -> Iterator[None]:
    """Keep a second set of servers away from a data folder."""
    with (data_dir / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            raise DataInUse(f"servers are already running on {data_dir}") from held
        yield
