"""Who gets the attempts of a process: each their share, whatever other hosts wait for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from accounts.models import Tenant, User
from streams.deliveries import claims
from streams.deliveries.claims import Claim, claim_deliveries, claim_of
from streams.deliveries.hosts import MAIL_HOST
from streams.models import Delivery, Destination
from tests import factories

pytestmark = pytest.mark.django_db
Wait = Callable[..., None]


@pytest.fixture(autouse=True)
def shares(settings: Settings) -> None:
    settings.DELIVERY_SLOTS_PER_HOST, settings.DELIVERY_SLOTS_PER_OWNER = 4, 8


@pytest.fixture
def wait(now: datetime) -> Wait:
    """Return a function that lets deliveries of somebody's to a host have waited so long."""

    def add(owner: User, host: str, *, minutes: int, count: int = 1) -> None:
        destination, _ = Destination.objects.get_or_create(
            owner=owner,
            host=host,
            address=host,
            kind="email" if host == MAIL_HOST else "webhook",
            defaults={
                "created_at": now,
                "verified_at": now,
                "digest_within_seconds": 60,
                "digest_every_seconds": 60,
            },
        )
        at = now - timedelta(minutes=minutes)
        Delivery.objects.bulk_create(
            Delivery(
                destination=destination,
                message_id=f"{host}_{minutes}_{number}",
                kind="single",
                host=host,
                next_attempt_at=at,
                created_at=at,
            )
            for number in range(count)
        )

    return add


def take(held: list[Claim], now: datetime, *, slots: int = 64) -> list[Claim]:
    return [claim_of(one) for one in claim_deliveries(held, slots=slots, now=now)]


def shares_of(taken: list[Claim]) -> Counter[str]:
    return Counter(one.host for one in taken)


def test_what_waits_for_a_full_host_keeps_nothing_else_of_its_owners(
    sam: User, wait: Wait, now: datetime
) -> None:
    wait(sam, "hangs.example", minutes=60, count=30)
    hanging = take([], now)
    wait(sam, MAIL_HOST, minutes=1)

    taken = take(hanging, now)

    assert shares_of(hanging) == {"hangs.example": 4}
    assert shares_of(taken) == {MAIL_HOST: 1}


def test_what_waits_for_a_full_owner_keeps_nobody_else_from_the_same_host(
    mallory: User, sam: User, wait: Wait, now: datetime
) -> None:
    for host in ("a.example", "b.example"):
        wait(mallory, host, minutes=60, count=4)
    hanging = take([], now)
    wait(mallory, MAIL_HOST, minutes=30, count=4)
    wait(sam, MAIL_HOST, minutes=1)

    taken = take(hanging, now)

    assert shares_of(hanging) == {"a.example": 4, "b.example": 4}
    assert [(one.host, one.owner_id) for one in taken] == [(MAIL_HOST, sam.pk)]


def test_of_one_owners_hosts_none_waits_for_another(sam: User, wait: Wait, now: datetime) -> None:
    wait(sam, "a.example", minutes=60, count=50)
    wait(sam, "b.example", minutes=50, count=50)
    wait(sam, "c.example", minutes=1)

    assert shares_of(take([], now)) == {"a.example": 4, "b.example": 3, "c.example": 1}


def test_those_who_wait_for_one_host_share_it(
    mallory: User, sam: User, wait: Wait, now: datetime
) -> None:
    wait(mallory, MAIL_HOST, minutes=60, count=50)
    wait(sam, MAIL_HOST, minutes=1, count=2)

    taken = take([], now)

    assert Counter(one.owner_id for one in taken) == {mallory.pk: 2, sam.pk: 2}


def test_a_place_that_is_free_goes_to_whoever_has_none(
    mallory: User, sam: User, wait: Wait, now: datetime
) -> None:
    wait(mallory, MAIL_HOST, minutes=60, count=50)
    mallorys = take([], now)
    wait(sam, MAIL_HOST, minutes=1)

    [taken] = take(mallorys[1:], now)

    assert (len(mallorys), taken.owner_id) == (4, sam.pk)


def test_pass_by_pass_everything_is_taken_that_there_is_room_for(
    tenant: Tenant, wait: Wait, now: datetime
) -> None:
    owners = [factories.make_user(f"owner{number}", tenant=tenant) for number in range(6)]
    for number, owner in enumerate(owners):
        wait(owner, MAIL_HOST, minutes=60 - number, count=9)
        wait(owner, f"own{number}.example", minutes=50 - number, count=9)
    held: list[Claim] = []

    while taken := take(held, now, slots=100):
        held += taken

    assert shares_of(held) == {MAIL_HOST: 4, **{f"own{number}.example": 4 for number in range(6)}}


def test_what_is_due_is_found_by_an_index_however_long_the_log_is(
    sam: User, wait: Wait, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait(sam, MAIL_HOST, minutes=60, count=2000)
    Delivery.objects.update(state="delivered")
    wait(sam, MAIL_HOST, minutes=1)
    plans: list[Any] = []

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "FOR NO KEY UPDATE SKIP LOCKED" in sql:
            execute("ANALYZE streams_delivery", None, False, context)
            execute("EXPLAIN " + sql, params, many, context)
            plans.extend(context["cursor"].fetchall())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        [taken] = claims.claim_deliveries([], slots=64, now=now)

    assert taken.host == MAIL_HOST
    plan = "\n".join(line for (line,) in plans)
    assert "deliveries_to_make" in plan
    assert "Seq Scan on streams_delivery" not in plan
