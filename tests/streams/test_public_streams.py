"""Prices for everybody signed in: what is followed is published, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from common.row_scope import NOBODY, scope_of, within
from gateway import public_streams
from gateway.public_streams import PublicStreams
from market.models import Tick
from market.services.bars import record_bars, record_history
from streams import interest
from streams.deliveries.services.followings import receive_by_email
from streams.models import Output, Stream
from streams.publishing import make_public_streams
from tests.market.prices import FIRST_DAY, make_instrument, new_bar
from tests.streams.clients import connected
from tests.streams.servers import LiveProcess, OwnRedis

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
PRICE, QUOTE, OHLC = (f"public:AAPL:{name}:default" for name in ("price", "quote", "ohlc"))


def tick(seconds: float, **said: Any) -> Tick:
    fields = {"instrument_key": "AAPL", "source": "tape", "event_id": str(seconds), **said}
    at = NOON + timedelta(seconds=seconds)
    return Tick.objects.create(at=at, received_at=at, **fields)


@pytest.fixture
def streams(db: None) -> PublicStreams:
    make_instrument("AAPL")
    make_instrument("IBM")
    streams = PublicStreams()
    streams.make_streams()
    return streams


def publish(streams: PublicStreams, *keys: str) -> list[Any]:
    """Publish what is new on the named streams, and return it as key and value."""
    before = set(Output.objects.values_list("pk", flat=True))
    followed = Stream.objects.filter(key__in=keys).values_list("pk", flat=True)
    streams.publish(list(followed), now=datetime.now(UTC))
    new = Output.objects.exclude(pk__in=before).select_related("stream").order_by("pk")
    return [(output.stream.key.split(":")[2], output.value) for output in new]


def test_of_many_ticks_the_newest_is_published_once(streams: PublicStreams) -> None:
    tick(1, price=10.0, size=5.0)
    tick(2, price=11.0, size=5.0)
    tick(3, bid=10.5, ask=11.5)

    assert publish(streams, PRICE, QUOTE, OHLC) == [
        ("price", 11.0),
        ("quote", {"bid": 10.5, "ask": 11.5}),
    ]
    assert publish(streams, PRICE, QUOTE) == []
    tick(4, price=12.0)
    assert publish(streams, PRICE, QUOTE) == [("price", 12.0)]
    output = Output.objects.order_by("-pk").first()
    assert output is not None
    assert (output.timestamp, output.confirmed) == (NOON + timedelta(seconds=4), False)


def test_what_is_flagged_or_late_moves_no_price(streams: PublicStreams) -> None:
    tick(5, price=10.0)
    publish(streams, PRICE)
    tick(3, price=9.0)
    tick(6, price=999.0, flags=["far_off"])
    tick(7, price=888.0, is_history=True)

    assert publish(streams, PRICE) == []


def test_nothing_is_published_for_nobody(streams: PublicStreams) -> None:
    tick(1, price=10.0)

    assert publish(streams) == []
    assert publish(streams, "public:IBM:price:default") == []
    assert publish(streams, OHLC) == []


def test_every_bar_is_published_that_closes_while_somebody_follows(
    streams: PublicStreams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_streams, "BARS_BEHIND", 3)
    record_bars([new_bar(day=day, close=10.0 + day) for day in range(3)], now=NOON)

    assert publish(streams, OHLC) == [("ohlc", 12.0)]
    record_bars([new_bar(day=day, close=10.0 + day) for day in (3, 4)], now=NOON)
    assert publish(streams, OHLC) == [("ohlc", 13.0), ("ohlc", 14.0)]
    # While nobody followed it the bars went on; of these only the newest are caught up with.
    publish(streams)
    record_bars([new_bar(day=day, close=10.0 + day) for day in range(5, 12)], now=NOON)
    assert publish(streams, OHLC) == [("ohlc", 19.0), ("ohlc", 20.0), ("ohlc", 21.0)]
    output = Output.objects.order_by("-pk").first()
    assert output is not None
    assert output.confirmed
    assert output.metadata["timeframe"] == "1d"
    assert (output.metadata["high"], output.metadata["volume"]) == (22.0, 1000.0)


def test_history_and_bars_that_came_too_late_are_nothing_new(streams: PublicStreams) -> None:
    sma = "common:AAPL:sma:period-20"
    past = [new_bar(day=day, close=10.0) for day in range(30)]
    record_history(past, now=NOON)

    assert publish(streams, OHLC, sma) == []
    record_bars([new_bar(day=31, close=31.0)], now=NOON)
    assert publish(streams, OHLC, sma) == [("ohlc", 31.0), ("sma", 11.05)]
    # Somebody fills in a day that the feed had left out, and another brings what comes next.
    record_bars([new_bar(day=30, close=30.0)], now=NOON)
    record_history([new_bar(day=day, close=50.0) for day in range(32, 40)], now=NOON)
    assert publish(streams, OHLC, sma) == []
    record_bars([new_bar(day=40, close=40.0)], now=NOON)
    assert publish(streams, OHLC) == [("ohlc", 40.0)]


def test_shorter_bars_of_a_file_do_not_silence_those_that_come(streams: PublicStreams) -> None:
    record_bars([new_bar(day=0, close=10.0)], now=NOON)
    assert publish(streams, OHLC) == [("ohlc", 10.0)]
    minute = new_bar(timeframe="1m", opened_at=NOON - timedelta(days=400))
    record_history([minute], now=NOON)

    successor = PublicStreams()
    successor.make_streams()
    record_bars([new_bar(day=1, close=11.0)], now=NOON)

    assert publish(successor, OHLC) == [("ohlc", 11.0)]


def test_longer_bars_are_published_when_no_shorter_ones_come_any_more(
    streams: PublicStreams,
) -> None:
    record_bars([new_bar(timeframe="1m", opened_at=FIRST_DAY + timedelta(hours=15))], now=NOON)
    record_bars([new_bar(day=day, close=10.0 + day) for day in range(1, 6)], now=NOON)

    assert publish(streams, OHLC) == [("ohlc", 15.0)]


def test_another_publisher_goes_on_where_the_last_one_ended(streams: PublicStreams) -> None:
    tick(1, price=10.0)
    record_bars([new_bar()], now=NOON)
    publish(streams, PRICE, OHLC)
    record_bars([new_bar(day=1, close=20.0)], now=NOON)

    successor = PublicStreams()
    successor.make_streams()

    assert publish(successor, PRICE, OHLC) == [("ohlc", 20.0)]


def test_public_streams_are_nobodys_and_shown_to_whoever_is_signed_in(
    streams: PublicStreams, ada: User, mallory: User
) -> None:
    tick(1, price=10.0)
    publish(streams, PRICE)

    for user in (ada, mallory):
        with within(scope_of(user.pk)):
            assert Stream.objects.filter(public=True).count() == 2 * (3 + 8)
            assert Output.objects.count() == 1
    with within(NOBODY):
        assert not Stream.objects.exists()
        assert not Output.objects.exists()
    with pytest.raises(IntegrityError, match="nobodys"), transaction.atomic():
        Stream.objects.filter(key=PRICE).update(owner=ada)


def test_what_is_delivered_elsewhere_is_followed_too(
    streams: PublicStreams, ada: User, now: datetime
) -> None:
    User.objects.filter(pk=ada.pk).update(email="ada@example.org")
    ada.refresh_from_db()
    price = Stream.objects.get(key=PRICE)
    assert PublicStreams().followed_elsewhere() == set()

    receive_by_email(ada, [price], acting_user=ada, now=now)

    assert PublicStreams().followed_elsewhere() == {price.pk}


def test_what_is_wanted_is_forgotten_when_nobody_says_so_again(
    redis_server: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    with redis_server.client() as redis:
        interest.want(redis, [1, 2])
        assert interest.wanted(redis) == {1, 2}
        monkeypatch.setattr(interest, "LEASE_SECONDS", -1.0)
        interest.want(redis, [1])

        assert interest.wanted(redis) == {2}


def test_a_machine_whose_clock_is_behind_is_heard_like_any_other(
    redis_server: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    with redis_server.client() as redis:
        with monkeypatch.context() as there:
            there.setattr(time, "time", lambda: NOON.timestamp())
            interest.want(redis, [1])

        assert interest.wanted(redis) == {1}


@pytest.mark.django_db(transaction=True)
def test_whoever_follows_a_price_is_sent_it(
    live: LiveProcess,
    relay: None,
    publisher: None,
    mallory: User,
    token_of: Callable[[User], str],
) -> None:
    make_public_streams(["AAPL"])
    tick(1, price=10.0)

    with connected(live.socket_url, token=token_of(mallory)) as socket:
        assert socket.subscribe(PRICE, "public:NONE:price:default")["stream_keys"] == [PRICE]
        assert socket.receive("subscription_denied")["stream_key"] == "public:NONE:price:default"
        first = socket.receive("data")
        tick(2, price=11.0)
        second = socket.receive("data")

    assert [(one["seq"], one["value"]) for one in (first, second)] == [(1, 10.0), (2, 11.0)]
    assert not Output.objects.exclude(stream__key=PRICE).exists()
