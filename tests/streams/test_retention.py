"""What is forgotten: old prices of public streams, and streams that nobody follows. No more."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from accounts.models import User
from registry.models import Script
from streams import cache, interest, retention
from streams.appending import NewOutput
from streams.checks import check_retention
from streams.common_streams import ask_for_common, common_key
from streams.deliveries.services.followings import receive_by_email
from streams.forgetting import Forgetting
from streams.models import Output, RelayCursor, Stream
from streams.publishing import make_public_streams, publish_to_each, stream_for
from streams.relay import Relay
from streams.retention import forget_old_prices, forget_unfollowed_streams
from tests import factories
from tests.streams.clients import connected
from tests.streams.servers import LiveProcess, OwnRedis

OLD = timedelta(days=7, seconds=1)
PRICE = "public:AAPL:price:default"


def publish(key: str, count: int, *, at: datetime) -> None:
    outputs = [NewOutput(value=float(n), timestamp=at) for n in range(count)]
    with transaction.atomic():
        publish_to_each([(Stream.objects.get(key=key), outputs)], confirmed=False, now=at)


def kept(key: str) -> list[int]:
    numbers = Output.objects.filter(stream__key=key).order_by("seq")
    return list(numbers.values_list("seq", flat=True))


@pytest.fixture
def script(ada: User, rita: User) -> Script:
    return factories.make_published_version(ada, rita, name="Momentum").script


@pytest.mark.django_db
def test_only_old_prices_and_quotes_are_forgotten(
    script: Script, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 3)
    make_public_streams(["AAPL"])
    own = stream_for(script, "AAPL", "1d", {}).key
    quote, ohlc, sma = (
        "public:AAPL:quote:default",
        "public:AAPL:ohlc:default",
        "common:AAPL:sma:period-20",
    )
    for key in (PRICE, quote, ohlc, sma, own):
        publish(key, 5, at=now - OLD)
        publish(key, 2, at=now - OLD + timedelta(seconds=2))

    assert forget_old_prices(now=now) == 10

    assert kept(PRICE) == kept(quote) == [6, 7]
    assert kept(ohlc) == kept(sma) == kept(own) == [1, 2, 3, 4, 5, 6, 7]
    # The newest one stays however old it is: it says from where on anything is new.
    assert forget_old_prices(now=now + timedelta(days=30)) == 2
    assert kept(PRICE) == kept(quote) == [7]


@pytest.mark.django_db(transaction=True)
def test_who_resumes_before_what_is_kept_is_told_the_gap(
    live: LiveProcess, sam: User, token_of: Any, now: datetime
) -> None:
    make_public_streams(["AAPL"])
    publish(PRICE, 10, at=now - OLD)
    publish(PRICE, 3, at=now)
    forget_old_prices(now=now)

    with connected(live.socket_url, token=token_of(sam)) as socket:
        acknowledged = socket.subscribe(PRICE, resume={PRICE: 4})
        gap = socket.receive()
        numbers = socket.numbers(3)

    assert not acknowledged["streams"][PRICE]["recovered"]
    assert (gap["type"], gap["from"], gap["to"]) == ("gap", 5, 10)
    assert numbers == [11, 12, 13]


@pytest.mark.django_db
def test_streams_that_nobody_follows_any_more_are_forgotten_with_what_they_hold(
    ada: User, redis_server: OwnRedis, now: datetime
) -> None:
    User.objects.filter(pk=ada.pk).update(email="ada@example.org")
    ada.refresh_from_db()
    make_public_streams(["AAPL"])
    made = [common_key("AAPL", "rsi", {"period": period}) for period in range(30, 36)]
    streams = list(ask_for_common(made, user_id=ada.pk, now=now).streams.values())
    unused, idle, followed, delivered, recent, asked_again = streams
    for stream in (idle, followed, delivered, recent):
        publish(stream.key, 3, at=now)
    receive_by_email(ada, [delivered], acting_user=ada, now=now)
    Stream.objects.filter(pk=recent.pk).update(followed_at=now + timedelta(days=7))
    later = now + timedelta(days=7, seconds=1)
    Stream.objects.filter(pk=asked_again.pk).update(followed_at=later - timedelta(minutes=59))

    with redis_server.client() as redis:
        Relay(redis).carry()
        interest.want(redis, [followed.pk])
        assert redis.exists(idle.key, cache.latest_name(idle.key)) == 2
        assert forget_unfollowed_streams(redis, now=later) == 2
        assert redis.exists(idle.key, cache.latest_name(idle.key)) == 0
        assert redis.exists(recent.key, cache.latest_name(recent.key)) == 2

    left = Stream.objects.exclude(followed_at=None)
    assert set(left) == {followed, delivered, recent, asked_again}
    assert not Output.objects.filter(stream_id=idle.pk).exists()
    assert not RelayCursor.objects.filter(stream_id__in=[unused.pk, idle.pk]).exists()
    assert Stream.objects.filter(followed_at=None, key__startswith="common:").count() == 8


@pytest.mark.django_db
def test_as_much_is_forgotten_as_there_is(
    ada: User, redis_server: OwnRedis, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 1)
    monkeypatch.setattr(retention, "STREAMS_AT_ONCE", 2)
    make_public_streams(["AAPL"])
    publish(PRICE, 62, at=now - OLD)
    made = [common_key("AAPL", "rsi", {"period": period}) for period in range(30, 37)]
    ask_for_common(made, user_id=ada.pk, now=now)

    with redis_server.client() as redis:
        assert forget_old_prices(now=now) == 61
        assert forget_unfollowed_streams(redis, now=now + timedelta(hours=2)) == 7


@pytest.mark.django_db(transaction=True)
def test_whoever_watches_over_runs_does_not_wait_for_what_is_forgotten(
    redis_server: OwnRedis, now: datetime
) -> None:
    make_public_streams(["AAPL"])
    publish(PRICE, 3, at=now - OLD)
    forgetting = Forgetting(retention.never)

    with transaction.atomic():
        list(Output.objects.select_for_update().filter(stream__key=PRICE))
        forgetting.begin()
        assert not forgetting.wait(0.5)
        assert kept(PRICE) == [1, 2, 3]

    assert forgetting.wait(10)
    assert kept(PRICE) == [3]


@pytest.mark.django_db(transaction=True)
def test_who_is_told_to_stop_forgets_no_more(redis_server: OwnRedis, now: datetime) -> None:
    make_public_streams(["AAPL"])
    publish(PRICE, 3, at=now - OLD)
    forgetting = Forgetting(lambda: True)

    forgetting.begin()

    assert forgetting.wait(10)
    assert kept(PRICE) == [1, 2, 3]


def test_a_retention_shorter_than_deliveries_take_is_refused(settings: Any) -> None:
    assert check_retention() == []
    settings.PUBLIC_PRICE_RETENTION_DAYS = 1
    assert [error.id for error in check_retention()] == ["streams.E005"]
