"""PostgreSQL refuses to run as root; for root it runs in a namespace, or else as nobody."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg
import pytest

from signalhub.embedded import postgres
from signalhub.embedded.installation import Installation
from signalhub.embedded.launch import NOBODY
from signalhub.embedded.postgres import Postgres, PostgresUnavailable
from signalhub.embedded.processes import RunAs

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root has rights that PostgreSQL wants given up"
)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Return a folder that every user may enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="signalhub-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def refused_namespaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "choose_identity", lambda: RunAs.NOBODY)


def server_in(folder: Path, environment: Mapping[str, str]) -> Postgres:
    return Postgres(Installation.open(folder, persist=False, environment=environment))


def test_root_gets_a_namespace_or_nobody() -> None:
    assert postgres.choose_identity() in {RunAs.USER_NAMESPACE, RunAs.NOBODY}


@pytest.mark.usefixtures("refused_namespaces")
def test_it_runs_as_nobody_where_namespaces_are_refused(
    open_folder: Path, no_addresses: Mapping[str, str]
) -> None:
    server = server_in(open_folder, no_addresses)
    process = server.launch(log_path=open_folder / "log" / "postgres.log")
    try:
        server.wait_until_ready(process)
        owner = Path(f"/proc/{process.pid}").stat().st_uid
        with psycopg.connect(server.variables()["DATABASE_URL"]) as connection:
            answer = connection.execute("SELECT 1").fetchone()
    finally:
        process.stop()

    assert owner == NOBODY
    assert answer == (1,)


@pytest.mark.usefixtures("refused_namespaces")
def test_a_folder_nobody_may_enter_is_explained(
    open_folder: Path, no_addresses: Mapping[str, str]
) -> None:
    locked = open_folder / "locked"
    locked.mkdir(mode=0o700)
    server = server_in(locked, no_addresses)

    with pytest.raises(PostgresUnavailable, match="DATABASE_URL"):
        server.launch(log_path=open_folder / "postgres.log")
