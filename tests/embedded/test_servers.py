"""The servers start from nothing, also as root; those that are given are used instead."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import boto3
import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from signalhub.embedded.addresses import AddressMissing, ServerAddresses
from signalhub.embedded.servers import DataInUse, RunningServers, ensure_servers, running_servers
from signalhub.embedded.supervisor import Supervisor
from tests.embedded.conftest import ADDRESS_VARIABLES
from tests.embedded.test_processes import wait_for


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="module")
def servers(data_dir: Path) -> Iterator[RunningServers]:
    environment = {name: text for name, text in os.environ.items() if name not in ADDRESS_VARIABLES}
    with running_servers(data_dir, persist=True, environment=environment) as running:
        yield running


def buckets_of(addresses: ServerAddresses) -> list[str]:
    client = boto3.client(
        "s3",
        endpoint_url=addresses.s3_endpoint,
        aws_access_key_id=addresses.s3_access_key,
        aws_secret_access_key=addresses.s3_secret_key,
        region_name="us-east-1",
    )
    names = [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]
    client.close()
    return names


def answers_sql(url: str) -> bool:
    try:
        with psycopg.connect(url) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def test_postgres_runs_as_whoever_runs_the_tests(servers: RunningServers) -> None:
    with psycopg.connect(servers.addresses.database_url) as connection:
        [role] = connection.execute(
            "SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        )

    # No superuser, whom row-level security would not bind; but tests make databases.
    assert role == (False, True)


def test_postgres_refuses_a_wrong_password(servers: RunningServers) -> None:
    address = servers.addresses.database_url.partition("@")[2]

    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"postgres://signalhub:guess@{address}")


def test_valkey_answers_to_its_password_only(servers: RunningServers) -> None:
    with redis.Redis.from_url(servers.addresses.redis_url) as client:
        assert client.ping()
        port = client.get_connection_kwargs()["port"]
    without_retries = Retry(NoBackoff(), retries=0)
    with (
        redis.Redis(port=port, retry=without_retries) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


def test_the_bucket_is_there(servers: RunningServers) -> None:
    assert servers.addresses.s3_bucket in buckets_of(servers.addresses)


def test_secrets_are_readable_by_their_owner_only(servers: RunningServers, data_dir: Path) -> None:
    assert servers.addresses.s3_secret_key in (data_dir / "credentials.json").read_text()
    assert (data_dir / "credentials.json").stat().st_mode & 0o077 == 0


def test_a_second_set_on_the_same_data_is_refused(
    servers: RunningServers, data_dir: Path, no_addresses: Mapping[str, str]
) -> None:
    with (
        pytest.raises(DataInUse),
        running_servers(data_dir, persist=True, environment=no_addresses),
    ):
        pytest.fail("two sets of servers share their data")


def test_given_servers_are_used_instead_and_get_the_bucket(
    servers: RunningServers, no_addresses: Mapping[str, str], tmp_path: Path
) -> None:
    given = {**servers.addresses.as_environment(), "S3_BUCKET": "bucket-of-another-run"}

    with running_servers(tmp_path, persist=False, environment={**no_addresses, **given}) as again:
        assert again.processes == []
        assert again.addresses.as_environment() == given
        assert "bucket-of-another-run" in buckets_of(again.addresses)


def test_a_given_s3_server_without_its_keys_is_said(
    servers: RunningServers, no_addresses: Mapping[str, str], tmp_path: Path
) -> None:
    given = servers.addresses.as_environment() | {"S3_ACCESS_KEY": ""}

    with (
        pytest.raises(AddressMissing, match="S3_ACCESS_KEY"),
        ensure_servers(tmp_path, persist=False, environment={**no_addresses, **given}),
    ):
        pytest.fail("a server was used without its keys")


def test_postgres_survives_being_killed(servers: RunningServers) -> None:
    url = servers.addresses.database_url
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (value int)")
        connection.execute("INSERT INTO kept VALUES (42)")
    supervisor = Supervisor(on_change=lambda: None, report=lambda _: None)
    supervisor.adopt(servers.processes)
    [postgres] = [process for process in servers.processes if process.name == "postgres"]

    os.kill(postgres.pid, signal.SIGKILL)
    wait_for(postgres.has_ended)

    def recovered() -> bool:
        supervisor.look_after()
        return answers_sql(url)

    wait_for(recovered, seconds=60)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT value FROM kept").fetchone() == (42,)
    servers.processes[:] = supervisor.running()


def test_a_command_gets_the_addresses_and_its_status_is_passed_on(
    servers: RunningServers, tmp_path: Path
) -> None:
    check = "import os, sys; sys.exit(3 if os.environ['DATABASE_URL'] else 4)"
    command = (sys.executable, "-m", "signalhub.embedded", "run", "--dir", str(tmp_path))

    outcome = subprocess.run(
        [*command, "--", sys.executable, "-c", check],
        env={**os.environ, **servers.addresses.as_environment()},
        check=False,
    )

    assert outcome.returncode == 3
