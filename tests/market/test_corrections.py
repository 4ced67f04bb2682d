"""A correction is read from the instant it was known, and changes nothing before it."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from django.conf import settings
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import AuditEvent, User
from market.bars import NewBar
from market.due_bars import bars_after
from market.models import Bar, BarRevision
from market.queries import bars_between, latest_bar
from market.services.bars import BarRevised, record_bars, record_history
from market.services.corrections import (
    BarIsDerived,
    CorrectionInTheFuture,
    CorrectionNotUsable,
    CorrectionTooEarly,
    NoSuchBar,
    correct_bars,
)
from market.services.keeping import keep_timeframe
from market.shards import event_stream, shard_of
from tests.market.oracle import (
    Numbers,
    as_dict,
    expected_bars,
    make_coin,
    minutes_of,
    recorded,
    stretches_of_days,
)

pytestmark = pytest.mark.django_db

START = datetime(2026, 1, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
COUNT = 35  # whole bars of five and of seven minutes


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def better(bar: NewBar, close: float) -> NewBar:
    return replace(bar, close=close, high=max(bar.high, close), low=min(bar.low, close))


def correct(
    bars: list[NewBar], minutes: float, user: User | None = None, reason: str = "misprint"
) -> list[NewBar]:
    corrected = correct_bars(
        bars, known_at=at(minutes), reason=reason, acting_user=user, now=at(minutes)
    )
    return corrected.bars + corrected.following


@pytest.fixture
def minutes() -> list[NewBar]:
    """Thirty-five minutes of a coin, of which five-minute bars are kept."""
    make_coin()
    bars = minutes_of("BTC", [(START, at(COUNT))], gaps=0)
    record_bars(bars[:5], now=at(5))
    keep_timeframe("BTC", "5m", now=at(5))
    for bar in bars[5:]:
        record_bars([bar], now=bar.closes_at)
    return bars


def test_reads_as_of_any_instant_are_those_of_a_model_that_remembers_all(
    minutes: list[NewBar],
) -> None:
    chance = random.Random(11)
    # What was said of each minute, and from when on.
    said: dict[datetime, list[tuple[datetime, NewBar]]] = {
        bar.opened_at: [(bar.closes_at, bar)] for bar in minutes
    }
    known = COUNT
    for _ in range(25):
        known += chance.choice([0, 1, 3])
        chosen = chance.sample(minutes, chance.choice([1, 1, 4]))
        new = [
            better(said[bar.opened_at][-1][1], round(90 + 20 * chance.random(), 2))
            for bar in chosen
        ]
        correct(new, known)
        for bar in new:
            said[bar.opened_at].append((at(known), bar))

    def known_at(instant: datetime) -> list[NewBar]:
        newest = [[bar for since, bar in told if since <= instant][-1:] for told in said.values()]
        return [bar for found in newest for bar in found]

    for minute in (0, 3, 4.99, 5, 17, COUNT - 1, *range(COUNT, known + 2)):
        then = at(minute)
        bars = known_at(then)
        assert as_dict(bars_between("BTC", "1m", as_of=then, limit=500)) == {
            bar.opened_at: bar.values for bar in bars
        }
        assert [
            bar.opened_at for bar in bars_after("BTC", "1m", after=None, as_of=then, limit=99)
        ] == [bar.opened_at for bar in bars]
        newest = latest_bar("BTC", "1m", as_of=then)
        assert (newest.close if newest else None) == (bars[-1].close if bars else None)
        for name, length in (("5m", 5), ("7m", 7)):
            expected = (
                {
                    name: values
                    for name, values in expected_bars(
                        bars, stretches_of_days(START, 1, length * MINUTE)
                    ).items()
                    if name + length * MINUTE <= then
                }
                if bars
                else {}
            )
            assert near(as_dict(bars_between("BTC", name, as_of=then, limit=500))) == expected
    assert BarRevision.objects.filter(timeframe="1m").count() == sum(
        len(told) - 1 for told in said.values()
    )


def near(found: dict[datetime, Numbers]) -> dict[datetime, object]:
    return {
        name: (*values[:4], pytest.approx(values[4], rel=1e-12)) for name, values in found.items()
    }


@pytest.mark.usefixtures("platform_house")
def test_what_holds_a_corrected_bar_is_corrected_with_it(minutes: list[NewBar], olga: User) -> None:
    before = recorded("BTC", "5m")

    changed = correct([better(minutes[7], 500.0)], 50, olga, reason="  a  misprint ")

    assert [(bar.timeframe, bar.opened_at) for bar in changed] == [("1m", at(7)), ("5m", at(5))]
    after = recorded("BTC", "5m")
    assert after[at(5)][1] == 500.0
    assert {name: after[name] for name in after if name != at(5)} == {
        name: before[name] for name in before if name != at(5)
    }
    revision = BarRevision.objects.get(timeframe="5m")
    assert (revision.known_at, revision.superseded_at) == (at(10), at(50))
    assert (revision.high, revision.reason, revision.source) == (
        before[at(5)][1],
        "a misprint",
        "correction",
    )
    event = AuditEvent.objects.get(event="bars_corrected")
    assert (event.actor, event.reason, event.object_id) == (olga, "a misprint", "BTC")
    assert event.before == {str(minutes[7]): list(minutes[7].values)}
    assert event.after["following"] == ["BTC 5m 2026-01-05 00:05"]


def test_a_correction_is_announced_as_one_and_not_as_new_bars(
    minutes: list[NewBar],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    client: Any = redis.Redis.from_url(settings.REDIS_URL)
    stream = event_stream(shard_of("BTC"))
    client.delete(stream)

    with django_capture_on_commit_callbacks(execute=True):
        correct([better(minutes[7], 500.0)], 50)

    entries: list[Any] = list(client.xrange(stream) or [])
    events = [fields for _, fields in entries]
    assert [(e[b"kind"], e[b"timeframe"], e[b"known_at"]) for e in events] == [
        (b"correction", b"1m", at(50).isoformat().encode()),
        (b"correction", b"5m", at(50).isoformat().encode()),
    ]


def test_numbers_that_are_recorded_already_change_nothing(minutes: list[NewBar]) -> None:
    assert correct([minutes[3]], 50) == []
    assert not BarRevision.objects.exists()
    assert not AuditEvent.objects.filter(event="bars_corrected").exists()


def test_a_bar_sent_again_names_the_correction_as_the_way(minutes: list[NewBar]) -> None:
    with pytest.raises(BarRevised, match="send these as a correction"):
        record_bars([better(minutes[3], 1.0)], now=at(50))


def test_what_cannot_be_corrected_is_refused_and_nothing_changes(minutes: list[NewBar]) -> None:
    derived = replace(minutes[5], timeframe="5m")
    unknown = replace(minutes[5], opened_at=at(COUNT))
    good = better(minutes[1], 77.0)
    for bars, minute, reason, error in (
        ([good, derived], 50, "x", BarIsDerived),
        ([good, unknown], 50, "x", NoSuchBar),
        ([good], 50, " ", CorrectionNotUsable),
        ([good], 50, "x" * 501, CorrectionNotUsable),
        ([good], 50, "a\0b", CorrectionNotUsable),
        ([good, good], 50, "x", CorrectionNotUsable),
        ([], 50, "x", CorrectionNotUsable),
    ):
        with pytest.raises(error):
            correct(bars, minute, reason=reason)
    for known_at, other_error in ((51, CorrectionInTheFuture), (1.9, CorrectionTooEarly)):
        with pytest.raises(other_error):
            correct_bars([good], known_at=at(known_at), reason="x", acting_user=None, now=at(50))

    assert not BarRevision.objects.exists()
    assert recorded("BTC", "1m")[at(1)] == minutes[1].values


def test_a_correction_of_a_day_reaches_the_days_made_of_it() -> None:
    make_coin()
    days = [
        NewBar(
            instrument_key="BTC",
            timeframe="1d",
            opened_at=START + timedelta(days=number),
            open=1.0,
            high=9.0,
            low=1.0,
            close=2.0,
            volume=1.0,
        )
        for number in range(8)
    ]
    record_history(days, now=days[-1].closes_at)
    keep_timeframe("BTC", "2d", now=days[-1].closes_at)
    newest = Bar.objects.get(timeframe="2d")
    inside = next(bar for bar in days if bar.opened_at == newest.opened_at)
    now = days[-1].closes_at + timedelta(days=3)

    correct_bars([better(inside, 8.0)], known_at=now, reason="x", acting_user=None, now=now)
    newest.refresh_from_db()

    assert newest.open == 1.0
    assert newest.known_at is None  # its close, high and low are those of the other numbers
