"""Indicators of closed bars for everybody signed in: at each close once, and from nothing later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from common.row_scope import scope_of, within
from gateway import public_streams
from gateway.public_streams import PublicStreams
from market.bars import NewBar
from market.services.bars import record_bars
from market.services.corrections import correct_bars
from streams import common_streams
from streams.common_streams import ask_for_common, keys_of_channel, read_common_key, usual_keys
from streams.models import Output, Stream
from streams.publishing import make_public_streams
from tests.market.prices import FIRST_DAY, make_instrument, new_bar
from tests.streams.clients import connected
from tests.streams.servers import LiveProcess

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
SMA, VWAP, OBV = "common:AAPL:sma:period-20", "common:AAPL:vwap:default", "common:AAPL:obv:default"
SHORT = "common:AAPL:sma:period-2"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def streams(db: None) -> PublicStreams:
    make_instrument("AAPL")
    streams = PublicStreams()
    streams.make_streams()
    return streams


def ask(*keys: str, user_id: int = 1, now: datetime = NOON) -> common_streams.Asked:
    wanted = [key for text in keys if (key := read_common_key(text))]
    return ask_for_common(wanted, user_id=user_id, now=now)


def publish(streams: PublicStreams, *keys: str, now: datetime | None = None) -> list[Any]:
    """Publish what is new on the named streams, and return it as key and value."""
    before = set(Output.objects.values_list("pk", flat=True))
    followed = Stream.objects.filter(key__in=keys).values_list("pk", flat=True)
    streams.publish(list(followed), now=now or datetime.now(UTC))
    new = Output.objects.exclude(pk__in=before).select_related("stream").order_by("pk")
    return [(output.stream.key, output.value) for output in new]


def record(*closes: float, first: int = 0) -> None:
    bars = [new_bar(day=day, close=close) for day, close in enumerate(closes, start=first)]
    record_bars(bars, now=NOON)


def minute(at: datetime, close: float, *, volume: float = 10.0) -> NewBar:
    return new_bar(close=close, timeframe="1m", opened_at=at, volume=volume)


def test_every_instrument_has_its_usual_ones(streams: PublicStreams) -> None:
    made = Stream.objects.filter(key__startswith="common:")

    assert {stream.key for stream in made} == {
        "common:AAPL:rsi:period-14",
        SMA,
        "common:AAPL:ema:period-20",
        "common:AAPL:macd:fast-12_signal-9_slow-26",
        "common:AAPL:bb:period-20_std-2",
        "common:AAPL:atr:period-14",
        "common:AAPL:adx:period-14",
        VWAP,
    }
    assert all(stream.public and stream.followed_at is None for stream in made)


def test_a_followed_indicator_has_one_output_at_each_close_from_the_newest_bar_on(
    streams: PublicStreams,
) -> None:
    record(*range(10, 32))

    assert publish(streams, SMA) == [(SMA, pytest.approx(21.5))]
    assert publish(streams, SMA) == []
    record(52.0, 32.0, first=22)
    assert publish(streams, SMA) == [(SMA, pytest.approx(23.5)), (SMA, pytest.approx(24.45))]
    output = Output.objects.order_by("-pk").first()
    assert output is not None
    assert output.confirmed
    assert output.metadata == {"timeframe": "1d"}
    assert output.bar_opened_at == FIRST_DAY + timedelta(days=23)
    assert output.timestamp == FIRST_DAY + timedelta(days=24)


def test_nothing_is_published_for_nobody_nor_of_too_few_bars(streams: PublicStreams) -> None:
    record(*range(10, 28))

    assert publish(streams) == []
    assert publish(streams, SMA) == []
    record(28.0, first=18)
    assert publish(streams, SMA) == []
    record(29.0, first=19)
    assert publish(streams, SMA) == [(SMA, pytest.approx(19.5))]


def test_a_bar_that_has_not_closed_has_no_part_in_it(streams: PublicStreams) -> None:
    record(10.0, 20.0, 90.0)
    ask(SHORT)
    closed_two = datetime(2020, 1, 3, 15, tzinfo=UTC)

    assert publish(streams, SHORT, now=closed_two) == [(SHORT, 15.0)]
    assert publish(streams, SHORT) == [(SHORT, 55.0)]


def test_another_publisher_goes_on_where_the_last_one_ended_without_gap_or_repetition(
    streams: PublicStreams, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(SHORT)
    record(10.0, 20.0)
    publish(streams, SHORT)
    record(40.0, 60.0, 80.0, first=2)

    successor = PublicStreams()
    successor.make_streams()

    assert publish(successor, SHORT) == [(SHORT, 30.0), (SHORT, 50.0), (SHORT, 70.0)]
    assert publish(successor, SHORT) == []
    # Of what went on while nobody followed only the newest are caught up with.
    publish(successor)
    monkeypatch.setattr(public_streams, "BARS_BEHIND", 2)
    record(100.0, 120.0, 140.0, 160.0, first=5)
    assert publish(successor, SHORT) == [(SHORT, 130.0), (SHORT, 150.0)]


def test_what_is_caught_up_with_is_what_was_known_at_each_close(streams: PublicStreams) -> None:
    ask(SHORT)
    record(10.0, 20.0)
    publish(streams, SHORT)
    record(40.0, 60.0, 80.0, first=2)
    corrected = new_bar(day=2, close=100.0)
    fourth_closes = datetime(2020, 1, 5, tzinfo=UTC)  # a Saturday's, with its date

    correct_bars(
        [corrected],
        known_at=fourth_closes + MINUTE,
        reason="A late print.",
        acting_user=None,
        now=NOON,
    )

    # The first two closed before it was corrected: 30 and 50, and not 60 and 80.
    assert publish(streams, SHORT) == [(SHORT, 30.0), (SHORT, 50.0), (SHORT, 70.0)]


def test_what_counts_begins_anew_with_the_session_of_the_exchange(streams: PublicStreams) -> None:
    yesterday = datetime(2026, 1, 2, 20, 59, tzinfo=UTC)
    opening = datetime(2026, 1, 5, 14, 30, tzinfo=UTC)
    now = datetime(2026, 1, 5, 16, tzinfo=UTC)
    ask(OBV)
    early = minute(opening - MINUTE, 70.0)
    record_bars([minute(yesterday, 50.0), early, minute(opening, 10.0)], now=now)

    assert dict(publish(streams, VWAP, OBV, now=now)) == {VWAP: 10.0, OBV: 10.0}
    second = minute(opening + MINUTE, 40.0, volume=20.0)
    record_bars([second, replace(second, opened_at=opening + 2 * MINUTE, volume=0.0)], now=now)
    assert publish(streams, VWAP, OBV, now=now) == [
        (VWAP, pytest.approx(30.0)),
        (VWAP, pytest.approx(30.0)),
        (OBV, 30.0),
        (OBV, 30.0),
    ]


def test_of_days_the_average_price_is_that_of_each_and_volumes_count_from_new_year(
    streams: PublicStreams,
) -> None:
    ask(OBV)
    record(10.0, 11.0, 12.0)

    assert dict(publish(streams, VWAP, OBV)) == {VWAP: 12.0, OBV: 3000.0}
    record_bars([new_bar(opened_at=datetime(2021, 1, 4, tzinfo=UTC), close=9.0)], now=NOON)
    assert dict(publish(streams, VWAP, OBV)) == {VWAP: 9.0, OBV: 1000.0}


def test_several_numbers_are_an_object_by_name(streams: PublicStreams) -> None:
    record(*(50.0 + day % 7 for day in range(40)))
    macd, bb, adx = (
        stream.key
        for stream in Stream.objects.filter(key__regex="^common:AAPL:(macd|bb|adx)").order_by(
            "-seq", "pk"
        )
    )

    found = {key.split(":")[2]: value for key, value in publish(streams, macd, bb, adx)}

    assert set(found["macd"]) == {"macd", "signal", "histogram"}
    assert set(found["bb"]) == {"upper", "middle", "lower"}
    assert set(found["adx"]) == {"adx", "plus_di", "minus_di"}


def test_an_asked_for_stream_is_made_once_and_in_one_spelling(streams: PublicStreams) -> None:
    first = ask("common:AAPL:rsi:period-21", "common:AAPL:rsi:period-21")
    again = ask("common:AAPL:rsi:period-21")
    odd = ask("common:AAPL:bb:period-20_std-2.50", "common:AAPL:rsi", "common:NONE:rsi:period-21")
    huge = f"common:AAPL:rsi:period-{'9' * 400}"
    wrong = ask("common:AAPL:rsi:period-1", "common:AAPL:magic:default", huge)

    assert list(first.streams) == list(again.streams) == ["common:AAPL:rsi:period-21"]
    assert Stream.objects.filter(key__startswith="common:AAPL:rsi").count() == 2
    assert odd.streams.keys() == {"common:AAPL:bb:period-20_std-2.5"}
    assert "common:AAPL:rsi:period-14" in odd.denied["common:AAPL:rsi:default"]
    assert "no such instrument" in odd.denied["common:NONE:rsi:period-21"]
    assert "from 2 to 500" in wrong.denied["common:AAPL:rsi:period-1"]
    assert wrong.denied[huge] == wrong.denied["common:AAPL:rsi:period-1"]
    assert "supertrend" in wrong.denied["common:AAPL:magic:default"]


def keys_of_periods(periods: Sequence[int]) -> list[str]:
    return [f"common:AAPL:rsi:period-{period}" for period in periods]


def test_only_so_many_besides_the_usual_ones_are_followed_at_once(
    streams: PublicStreams, settings: Any, sam: User
) -> None:
    settings.COMMON_STREAMS_FOLLOWED_MAX = 2
    with within(scope_of(sam.pk)):
        asked = ask(SMA, *keys_of_periods([5, 6, 7]))
        again = ask(*keys_of_periods([5]))

    assert list(asked.streams) == [SMA, *keys_of_periods([5, 6])]
    assert "the most at once" in asked.denied["common:AAPL:rsi:period-7"]
    assert list(again.streams) == keys_of_periods([5])

    # One goes on being followed. The other may be again, and leaves no room for a third while it
    # is new.
    later = NOON + common_streams.FOLLOWED_FOR
    publish(streams, "common:AAPL:rsi:period-5", now=later)
    Stream.objects.update(created_at=later - timedelta(minutes=59))
    assert list(ask(*keys_of_periods([7, 6]), now=later).streams) == keys_of_periods([6])
    later += common_streams.FOLLOWED_FOR
    assert list(ask(*keys_of_periods([7, 8, 9]), now=later).streams) == keys_of_periods([7, 8])


def test_nobody_makes_more_than_a_share_of_an_instruments_streams(
    streams: PublicStreams, settings: Any, limits_on: None
) -> None:
    settings.COMMON_STREAMS_FOLLOWED_MAX = 12
    mine, beyond = keys_of_periods([5, 6, 7]), "common:AAPL:rsi:period-8"

    asked = ask(*mine, beyond, user_id=1)
    again = ask(*mine, user_id=1)
    others = ask(beyond, user_id=2)
    joined = ask(beyond, user_id=1)

    assert (list(asked.streams), list(again.streams)) == (mine, mine)
    assert "a user's share" in asked.denied[beyond]
    assert list(others.streams) == list(joined.streams) == [beyond]


def test_a_channel_without_params_means_the_usual_ones() -> None:
    assert keys_of_channel("AAPL", {}) == usual_keys("AAPL")
    assert len(usual_keys("AAPL")) == 8


@pytest.mark.django_db(transaction=True)
def test_whoever_follows_an_indicator_is_sent_it_when_a_bar_closes(
    live: LiveProcess,
    relay: None,
    publisher: None,
    mallory: User,
    token_of: Callable[[User], str],
) -> None:
    make_public_streams(["AAPL"])
    record(*range(10, 30))

    with connected(live.socket_url, token=token_of(mallory)) as socket:
        assert socket.subscribe(SMA, "common:AAPL:magic:default")["stream_keys"] == [SMA]
        assert socket.receive("subscription_denied")["stream_key"] == "common:AAPL:magic:default"
        first = socket.receive("data")
        record(50.0, first=20)
        second = socket.receive("data")

    assert [(one["seq"], one["value"]) for one in (first, second)] == [
        (1, pytest.approx(19.5)),
        (2, pytest.approx(21.5)),
    ]
    assert (second["confirmed"], second["metadata"]) == (True, {"timeframe": "1d"})
    assert not Output.objects.exclude(stream__key=SMA).exists()
