"""The process itself: woken at once, killed half-way, several of it, and told of a revocation."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep

import pytest
from pytest_django import Settings

from accounts.models import User
from common.clock import utc_now
from registry.models import Script
from registry.services import entitlements
from streams.deliveries.services.destinations import add_destination
from streams.deliveries.services.followings import follow_stream
from streams.models import Delivery, Destination, DestinationKind, Stream
from tests.deliveries.conftest import AddWebhook
from tests.deliveries.receiver import Answer, Receiver, receiving
from tests.flows.processes import wait_until
from tests.streams.conftest import Publish
from tests.streams.servers import ROOT, environment

pytestmark = [pytest.mark.django_db(transaction=True)]
OUTPUTS = 15


@contextmanager
def sending(log: Path, redis_url: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a sender for the length of a block; it may be killed in it."""
    with log.open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run_delivery"],
            cwd=ROOT,
            env={
                **environment(redis_url),
                "DELIVERY_ALLOWED_NETWORKS": "127.0.0.0/8",
                "DELIVERY_LEASE_SECONDS": "3",
            },
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def many(add_webhook: AddWebhook, receiver: Receiver) -> list[Destination]:
    """Return six destinations on one receiver, which takes its time."""
    receiver.usual = Answer(after_seconds=0.02)
    return [add_webhook(f"{receiver.url}/{number}") for number in range(6)]


def test_killed_half_way_nothing_is_lost_and_what_comes_twice_has_one_id(
    many: list[Destination],
    receiver: Receiver,
    publish: Publish,
    tmp_path: Path,
    settings: Settings,
) -> None:
    redis_url = settings.REDIS_URL
    log = tmp_path / "delivery.log"
    with sending(log, redis_url) as first, sending(log, redis_url):
        publish(1)
        wait_until(lambda: len(receiver.requests) >= 6, what="the senders", log=log.read_text)
        publish(OUTPUTS - 1)
        wait_until(lambda: len(receiver.requests) >= 20, what="some of them", log=log.read_text)
        os.kill(first.pid, signal.SIGKILL)
        wait_until(
            lambda: Delivery.objects.filter(state="delivered").count() == 6 * OUTPUTS,
            what="all of them",
            seconds=120.0,
            log=log.read_text,
        )

    came: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    order: dict[str, list[int]] = defaultdict(list)
    for request in list(receiver.requests):
        seq = request.json["data"]["seq"]
        if request.id not in came[request.path][seq]:
            order[request.path].append(seq)
        came[request.path][seq].add(request.id)
    assert len(came) == 6
    for path, ids in came.items():
        assert order[path] == list(range(1, OUTPUTS + 1))
        assert all(len(of_one) == 1 for of_one in ids.values())


def test_within_two_seconds_of_a_revocation_nothing_more_comes(
    add_webhook: AddWebhook,
    receiver: Receiver,
    publish: Publish,
    script: Script,
    sam: User,
    ada: User,
    tmp_path: Path,
    settings: Settings,
) -> None:
    revoked = add_webhook(receiver.url)
    log = tmp_path / "delivery.log"
    with sending(log, settings.REDIS_URL):
        publish(1)
        wait_until(lambda: receiver.seqs == [1], what="the sender", log=log.read_text)
        publish(20)

        entitlements.revoke(script, sam, acting_user=ada, now=utc_now())
        revoked_at = monotonic()
        publish(20)
        with receiving() as other:
            witness = add_webhook_of(ada, other.url, publish)
            wait_until(lambda: other.requests != [], what="the witness", log=log.read_text)
        sleep(max(0.0, 2.0 - (monotonic() - revoked_at)))
        after = receiver.seqs
        publish(5)
        theirs = Delivery.objects.filter(destination=revoked)
        wait_until(lambda: not theirs.filter(state="pending").exists(), what="an end of it")

    assert receiver.seqs == after
    assert receiver.requests[-1].json["type"] == "signal.ended"
    assert witness.deliveries.filter(state="delivered").exists()


def add_webhook_of(owner: User, url: str, publish: Publish) -> Destination:
    """Add a webhook of the author's, whose right stays, and publish something for it."""
    now = utc_now() - timedelta(seconds=1)
    destination, _ = add_destination(
        owner,
        kind=DestinationKind.WEBHOOK,
        name="Witness",
        address=url,
        acting_user=owner,
        now=now,
    )
    follow_stream(destination, Stream.objects.get().key, acting_user=owner, now=now)
    publish(1)
    return destination
