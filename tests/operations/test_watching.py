"""Who hears of a silence, how a worker is drained, and what a collector reads of it all."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from django.core import mail
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from common.stopping import StopRequest
from execution import liveness
from execution.cluster import Cluster
from execution.management.commands.run_worker import Watchdog
from execution.models import Alert, AlertKind
from execution.services import alerts, drains, isolation
from streams import cache, voices
from streams.feeds import Feed
from streams.followers import SocketFollower
from streams.frames import to_text
from streams.outbox import Outbox
from tests import factories

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
KEY = "personal:3:signal:IBM:default"


def test_followers_hear_of_a_silence_and_of_its_end(redis_client: redis.Redis) -> None:
    subscribing: Any = redis_client
    listener = subscribing.pubsub()
    listener.subscribe(cache.channel_name(KEY))
    assert listener.get_message(timeout=5) is not None

    voices.tell_silences([(KEY, NOON, NOON - timedelta(minutes=1))])
    voices.tell_silences_over([KEY], at=NOON)

    said = [json.loads(listener.get_message(timeout=5)["data"]) for _ in range(2)]
    listener.close()
    assert said == [
        {
            "type": "silence",
            "stream_key": KEY,
            "expected_by": "2026-01-05T12:00:00+00:00",
            "last_at": "2026-01-05T11:59:00+00:00",
        },
        {"type": "silence_over", "stream_key": KEY, "at": "2026-01-05T12:00:00+00:00"},
    ]


def test_a_silence_goes_past_the_frames_to_every_socket_on_the_stream() -> None:
    text = to_text({"type": "silence", "stream_key": KEY})

    async def told() -> list[str]:
        outboxes = [
            Outbox(frames_max=9, bytes_max=9999, on_overflow=lambda: None) for _ in range(2)
        ]
        stream: Any = SimpleNamespace(key=KEY, seq=0, subscription_id=None)
        feed = Feed(stream, reader=None)  # type: ignore[arg-type]  # nothing is read
        feed.followers = {
            SocketFollower(
                stream, outbox, user_id=1, position=0, mode="stream", on_end=lambda *_: None
            )
            for outbox in outboxes
        }
        feed.tell(text)
        parcels = [await outbox.take() for outbox in outboxes]
        return [parcel.text for parcel in parcels if parcel is not None]

    assert text.startswith(voices.BEGINNING)
    assert asyncio.run(told()) == [text, text]


def test_mail_goes_out_in_one_piece_for_all_streams_of_a_house(
    db: None, ada: User, rita: User, olga: User
) -> None:
    olga.email = "olga@alpha.example"
    olga.save(update_fields=["email"])
    found = [
        alerts.raise_alert(
            AlertKind.SILENCE,
            factories.make_published_version(ada, rita, name=name),
            f"{name} should have spoken.",
            now=NOON,
            mails=False,
        )
        for name in ("First", "Second")
    ]

    alerts.mail_together([alert.pk for alert in found])

    [sent] = mail.outbox
    assert sent.bcc == ["olga@alpha.example"]
    assert "and 1 more" in sent.subject
    assert "First should have spoken.\nSecond should have spoken." in sent.body


def test_an_alert_that_is_over_is_shown_no_more_and_opens_anew(
    db: None, ada: User, rita: User, olga: User
) -> None:
    version = factories.make_published_version(ada, rita)
    first = alerts.raise_alert(AlertKind.SILENCE, version, "Silent.", now=NOON, mails=False)

    assert alerts.clear(AlertKind.SILENCE, {version.pk}, now=NOON) == 1

    assert alerts.unacknowledged(olga) == []
    again = alerts.raise_alert(AlertKind.SILENCE, version, "Again.", now=NOON, mails=False)
    assert again.pk != first.pk
    assert Alert.objects.filter(cleared_at=None).count() == 1


@pytest.fixture
def watchdog(db: None, redis_client: redis.Redis) -> Iterator[Watchdog]:
    """Return a watchdog whose cluster is a process that ends when it has done its work."""
    dog = Watchdog(StopRequest())
    dog.isolated = True
    isolation.store_report(socket.gethostname(), {"ok": True})
    yield dog
    dog.cluster.stop()
    redis_client.delete(drains.KEY)


def working_until_told(cluster: Cluster) -> None:
    """Start what runs one thing to its end after it was asked to stop, as a cluster does."""
    code = (
        "import signal, sys, time\n"
        "over = []\n"
        "signal.signal(signal.SIGTERM, lambda *_: over.append(1))\n"
        "print('up', flush=True)\n"
        "while not over: time.sleep(0.01)\n"
        "sys.stdin.read()\n"  # the run in hand ends when the test says so
    )
    cluster.process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert cluster.process.stdout is not None
    assert cluster.process.stdout.readline() == b"up\n"
    cluster.process.stdout.close()


def state() -> str:
    [worker] = drains.workers()
    return worker.state


@pytest.mark.usefixtures("platform_house")
def test_a_drained_worker_finishes_what_it_runs_and_starts_nothing_new(
    watchdog: Watchdog, olga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[bool] = []
    monkeypatch.setattr(watchdog.cluster, "start", lambda: started.append(True))
    working_until_told(watchdog.cluster)
    process = watchdog.cluster.process
    assert process is not None
    machine = socket.gethostname()
    drains.drain_machine(machine, acting_user=olga, reason="update", now=NOON)

    watchdog._keep_cluster()

    assert (state(), process.poll()) == ("draining", None)
    assert process.stdin is not None
    process.stdin.close()
    process.wait(10)
    watchdog._keep_cluster()
    watchdog._keep_cluster()
    assert (state(), started) == ("drained", [])

    drains.resume_machine(machine, acting_user=olga, reason="done", now=NOON)
    watchdog._keep_cluster()

    assert (state(), started) == ("working", [True])


def test_a_cluster_has_time_to_start_and_is_replaced_at_once_when_it_falls_silent(
    watchdog: Watchdog, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[bool] = []
    monkeypatch.setattr(watchdog.cluster, "start", lambda: started.append(True))
    noted = watchdog.start_noted = time.time() - 60
    monkeypatch.setattr(liveness, "progress", lambda: {watchdog.cluster.name: noted})
    working_until_told(watchdog.cluster)
    process = watchdog.cluster.process
    assert process is not None

    watchdog.cluster.started_at = time.monotonic() - 60  # noted as progress, and none since
    watchdog._keep_cluster()
    while_it_starts = process.poll()
    noted += 20
    watchdog._keep_cluster()

    assert process.stdin is not None
    process.stdin.close()
    assert while_it_starts is None
    assert (process.returncode, started) == (-signal.SIGKILL, [True])


def test_a_collector_reads_what_the_page_shows(
    db: None, client: Client, settings: Settings, redis_client: Any
) -> None:
    settings.METRICS_TOKEN = "a token of a collector"

    reply = client.get("/metrics", headers={"Authorization": "Bearer a token of a collector"})

    text = reply.content.decode()
    assert 'signalhub_queue_waiting{priority="1"} 0.0' in text
    for name in (
        "signalhub_silent_streams",
        "signalhub_dead_letters",
        "signalhub_scaling_score",
        "signalhub_scaling_recommended_pods",
        'signalhub_market_events_unread{shard="0"}',
        "signalhub_intake_waiting",
        "signalhub_intake_oldest_seconds",
    ):
        assert name in text
