"""A script of ada's with a stream, sam entitled to it, and servers that may be broken."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from pytest_django import Settings

from accounts.models import User
from accounts.services.api_keys import issue_api_key
from gateway.public_streams_process import run_public_streams
from registry.models import Entitlement, Script
from registry.services import drafts, entitlements
from streams.models import Output, Stream
from streams.publishing import NewOutput, publish_outputs, stream_for
from tests.flows.processes import wait_until
from tests.market.prices import make_instrument
from tests.streams import servers
from tests.streams.clients import connected

SOURCE = "result = 1\n"
FIRST_BAR = datetime(2006, 1, 3, tzinfo=UTC)
QUIET = """
    SELECT count(*) = 0 FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
      AND backend_type = 'client backend'
      AND (state <> 'idle' OR state_change > clock_timestamp() - make_interval(secs => %s))
"""
Publish = Callable[..., list[Output]]


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def script(ada: User, now: datetime) -> Script:
    draft = drafts.create_draft(name="Momentum", source=SOURCE, acting_user=ada, now=now)
    return draft.script


@pytest.fixture
def stream(script: Script) -> Stream:
    return stream_for(script, "IBM", "1d", {"period": 14})


@pytest.fixture
def entitled(script: Script, sam: User, now: datetime) -> Entitlement:
    return entitlements.grant(script, sam, acting_user=script.owner, now=now)


@pytest.fixture
def publish(stream: Stream) -> Publish:
    """Return a function that publishes a number of outputs in one transaction."""

    def publish_some(count: int = 1, *, to: Stream | None = None, **fields: Any) -> list[Output]:
        target = to or stream
        target.refresh_from_db()
        outputs = [
            NewOutput(
                value=float(target.seq + number),
                timestamp=FIRST_BAR + timedelta(days=target.seq + number),
                metadata=fields.get("metadata", {"side": "buy"}),
            )
            for number in range(1, count + 1)
        ]
        with transaction.atomic():
            return publish_outputs(target, outputs)

    return publish_some


@pytest.fixture(scope="session")
def shared_redis() -> Iterator[servers.OwnRedis]:
    with servers.own_redis() as server:
        yield server


@pytest.fixture
def redis_server(shared_redis: servers.OwnRedis, settings: Settings) -> Iterator[servers.OwnRedis]:
    """Return a Redis that is empty, and that this test may do anything to."""
    if shared_redis.process.poll() is not None:
        shared_redis.start()
    with shared_redis.client() as client:
        client.flushall()
    settings.REDIS_URL = shared_redis.url
    yield shared_redis
    if shared_redis.process.poll() is not None:
        shared_redis.start()


@pytest.fixture(scope="session")
def shared_live(
    shared_redis: servers.OwnRedis,
    django_db_setup: None,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[servers.LiveProcess]:
    with servers.live_process(tmp_path_factory.mktemp("live"), shared_redis.url) as live:
        yield live


@pytest.fixture
def live(
    transactional_db: None, redis_server: servers.OwnRedis, shared_live: servers.LiveProcess
) -> Iterator[servers.LiveProcess]:
    yield shared_live
    # The tables are emptied next, and that can deadlock with a query of a socket's last moment.
    wait_until(_is_quiet, what="the live process to let go of the database")


def _is_quiet() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(QUIET, [1.2 * settings.REVOCATION_CHECK_SECONDS])
        return bool(cursor.fetchone()[0])


@pytest.fixture
def relay(transactional_db: None, redis_server: servers.OwnRedis) -> Iterator[None]:
    with servers.relay_thread():
        yield


@pytest.fixture
def token_of(now: datetime) -> Callable[[User], str]:
    """Return a function that gives a user an API key."""

    def issue(user: User) -> str:
        return issue_api_key(user, name="test", acting_user=user, now=now)[1]

    return issue


@pytest.fixture
def sams_socket(live: servers.LiveProcess, sam: User, token_of: Callable[[User], str]) -> Any:
    """Return a function that opens a connection as sam."""
    token = token_of(sam)
    return lambda: connected(live.socket_url, token=token)


@pytest.fixture
def log_path(tmp_path: Path) -> Path:
    return tmp_path / "process.log"


@pytest.fixture
def publisher(transactional_db: None, redis_server: servers.OwnRedis) -> Iterator[None]:
    """Publish prices and indicators of AAPL, as the relay's process does."""
    # Before it looks for instruments: one that comes later has to wait until it looks again.
    make_instrument("AAPL")
    stop = threading.Event()
    thread = threading.Thread(target=run_public_streams, args=(stop,))
    thread.start()
    yield
    stop.set()
    thread.join()
