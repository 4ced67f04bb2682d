"""Market events: shared out, done once in effect, claimed from the dead, in the end put aside."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import redis
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings
from structlog.testing import capture_logs

from accounts.models import AuditEvent, User
from common.stopping import StopRequest
from execution import market_events, queue, realtime_process
from execution.event_markets import markets_of_event
from execution.market_events import EventReader, MarketEvent
from execution.membership import MEMBERS, Membership
from execution.models import (
    DeadLetter,
    DeadLetterKind,
    Execution,
    ExecutionStatus,
    Resolution,
    Trigger,
)
from execution.realtime_process import RealtimeProcess
from execution.services import claims, dead_letters, market_watch
from execution.services.dead_letter_decisions import (
    AlreadyDecided,
    EventNotSent,
    NothingToRetry,
    ReasonMissing,
    discard_dead_letter,
    retry_dead_letter,
)
from execution.services.market_watch import MarketWatch, handle_events
from execution.services.realtime import Done, advance_markets, run_markets
from execution.services.recovery import run_again
from execution.services.requests import RunRequest
from execution.services.subscriptions import Setting, subscribe
from market.announcements import announce, announce_ticks
from market.bars import NewBar
from market.shards import all_shards, event_stream, shard_of
from market.ticks import NewTick
from registry.models import ScriptVersion
from tests import factories
from tests.execution.conftest import session_bar
from tests.market.prices import make_instrument

pytestmark = pytest.mark.django_db

IBM = shard_of("IBM")


@pytest.fixture
def client(redis_client: redis.Redis) -> Iterator[redis.Redis]:
    """Return a connection whose answers are text, to a Redis without market events."""
    redis_client.delete(MEMBERS, *map(event_stream, all_shards()))
    with queue.connect() as connected:
        yield connected


@pytest.fixture
def reader(client: redis.Redis) -> EventReader:
    first = EventReader(client, "first")
    first.read(all_shards(), seconds=0)  # makes the group
    return first


@pytest.fixture
def subscribed(ada: User, rita: User, three_sessions: list[NewBar], now: datetime) -> ScriptVersion:
    version = factories.make_published_version(ada, rita)
    subscribe(version.script, RunRequest(instrument_key="IBM"), acting_user=ada, now=now)
    return version


def bar_event(deliveries: int = 1, **fields: str) -> MarketEvent:
    told = {"kind": "bar", "instrument_key": "IBM", "timeframe": "1d", **fields}
    return MarketEvent(IBM, "1-0", told, deliveries)


def break_market(monkeypatch: pytest.MonkeyPatch, broken: tuple[str, str]) -> None:
    """Let one market raise whatever is done with it."""

    def advance(markets: Any, *, now: datetime) -> Done:
        if broken in markets:
            raise ValueError("this one breaks everything")
        return advance_markets(markets, now=now)

    monkeypatch.setattr(market_watch, "advance_markets", advance)


def test_a_closed_bar_becomes_executions_and_its_event_is_done(
    reader: EventReader, client: Any, subscribed: ScriptVersion, now: datetime
) -> None:
    announce([session_bar(2)])

    events = reader.read(all_shards(), seconds=1)
    over = handle_events(events, now=now)
    reader.acknowledge(over)

    assert [event.fields["timeframe"] for event in events] == ["1d"]
    assert Execution.objects.get().version == subscribed
    assert client.xpending(event_stream(IBM), market_events.GROUP)["pending"] == 0


def test_a_bar_names_its_market_ticks_those_that_run_on_them_and_a_correction_none(
    subscribed: ScriptVersion, ada: User, now: datetime
) -> None:
    told = {"instrument_key": "IBM", "timeframe": "1d"}
    ticks = {"kind": "ticks", "instrument_key": "IBM"}

    before = markets_of_event(ticks)
    hourly = RunRequest(instrument_key="IBM", timeframe="1h")
    on_ticks = Setting(trigger=Trigger.TICK)
    subscribe(subscribed.script, hourly, setting=on_ticks, acting_user=ada, now=now)

    assert (before, markets_of_event(ticks)) == ([], [("IBM", "1h")])
    assert markets_of_event({"kind": "bar", **told}) == [("IBM", "1d")]
    assert markets_of_event({"kind": "correction", **told}) == []


def test_an_event_that_comes_twice_is_one_execution(
    subscribed: ScriptVersion, now: datetime
) -> None:
    handle_events([bar_event(), bar_event()], now=now)
    handle_events([bar_event(deliveries=2)], now=now)

    assert Execution.objects.count() == 1


def test_bars_come_before_ticks(reader: EventReader, now: datetime) -> None:
    tick = NewTick(instrument_key="IBM", at=now, source="s", event_id="1", price=1.0)
    announce_ticks([tick, tick])
    announce([session_bar(2)])

    events = reader.read(all_shards(), seconds=1)

    assert [event.fields["kind"] for event in events] == ["bar", "ticks"]
    assert events[1].fields["count"] == "2"


def test_what_a_member_took_and_did_not_do_is_claimed_by_another(
    reader: EventReader, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    announce([session_bar(day) for day in range(7)])
    taken = reader.read(all_shards(), seconds=1)
    second = EventReader(client, "second")
    too_early = second.claim(all_shards())
    monkeypatch.setattr(market_events, "HELD_TOO_LONG_SECONDS", 0.0)

    claimed = second.claim(all_shards())

    assert too_early == []
    assert [event.id for event in claimed] == [event.id for event in taken[:5]]
    assert {event.deliveries for event in claimed} == {2}
    second.acknowledge(claimed)
    assert [event.id for event in second.claim(all_shards())] == [e.id for e in taken[5:]]


def test_an_emptied_redis_gets_its_groups_again(reader: EventReader, client: redis.Redis) -> None:
    client.delete(*map(event_stream, all_shards()))
    announce([session_bar(2)])

    before = reader.read(all_shards(), seconds=0)
    after = reader.read(all_shards(), seconds=1)

    assert before == []
    assert [event.fields["instrument_key"] for event in after] == ["IBM"]
    assert reader.claim(all_shards()) == []


def test_every_shard_has_one_owner_whoever_joins_leaves_or_falls_silent(
    client: redis.Redis, settings: Settings
) -> None:
    settings.REALTIME_BEAT_SECONDS = 0.0
    members = [Membership(client, name, all_shards()) for name in ("a", "b", "c")]

    def owned() -> list[int]:
        for _ in range(2):
            for member in members:
                member.renew()
        return sorted(shard for member in members for shard in member.owned)

    of_three = owned()
    client.zadd(MEMBERS, {"b": 0})  # its last sign of life is long ago
    silent = members.pop(1)
    of_two = owned()
    members.pop().leave()
    of_one = owned()
    members.append(silent)
    back = owned()

    assert of_three == of_two == of_one == back == list(all_shards())
    assert all(member.owned for member in members)


def test_a_member_that_cannot_know_of_others_looks_after_everything(
    client: redis.Redis, settings: Settings
) -> None:
    settings.REALTIME_BEAT_SECONDS = 0.0
    member, other = (Membership(client, name, all_shards()) for name in ("a", "b"))
    for each in (member, other, member):
        each.renew()
    shared = member.owned

    gained = member.own_all()

    assert member.owned == set(all_shards())
    assert gained == set(all_shards()) - shared
    assert member.renew() == set()
    assert member.owned == shared


def test_a_look_at_the_table_finds_what_no_event_told_of(
    subscribed: ScriptVersion, now: datetime
) -> None:
    watch = MarketWatch()

    elsewhere = watch.run_due(now=now, shards=set(all_shards()) - {IBM})
    watch.look_at_all_next()
    here = watch.run_due(now=now, shards={IBM})

    assert (elsewhere, here) == (0, 1)


def test_an_event_that_breaks_its_handling_is_put_aside_and_the_others_go_on(
    subscribed: ScriptVersion,
    now: datetime,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    break_market(monkeypatch, ("AAPL", "1d"))
    poison = {"instrument_key": "AAPL"}

    over = [
        handle_events([bar_event(attempt, **poison), bar_event()], now=now)
        for attempt in range(1, settings.EVENT_ATTEMPTS + 1)
    ]

    assert [len(done) for done in over] == [1, 1, 2]
    assert Execution.objects.get().instrument_key == "IBM"
    letter = DeadLetter.objects.get()
    assert (letter.kind, letter.attempts) == (DeadLetterKind.EVENT, 3)
    assert letter.reason == "ValueError: this one breaks everything"
    assert letter.payload["instrument_key"] == "AAPL"


def test_a_market_that_breaks_does_not_keep_the_look_at_the_others_waiting(
    subscribed: ScriptVersion, ada: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_instrument("AAPL")
    on_apple = RunRequest(instrument_key="AAPL")
    subscribe(subscribed.script, on_apple, acting_user=ada, now=now)
    break_market(monkeypatch, ("AAPL", "1d"))

    with capture_logs() as logs:
        created = MarketWatch().run_due(now=now)

    assert created == 1
    assert [entry["market"] for entry in logs if entry["event"] == "market_not_handled"] == [
        ("AAPL", "1d")
    ]


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (bar_event(kind="gossip"), "no usable field"),
        (bar_event(timeframe="7 parsecs"), "no usable field"),
        (bar_event(deliveries=4), "Nobody lived to the end of it."),
    ],
    ids=["unknown kind", "unknown timeframe", "killed its processes"],
)
def test_what_cannot_be_handled_ever_is_put_aside_at_once(
    event: MarketEvent, reason: str, now: datetime
) -> None:
    assert handle_events([event], now=now) == [event]
    assert handle_events([event], now=now) == [event]

    assert reason in DeadLetter.objects.get().reason


def test_an_operator_sends_an_event_again_with_a_reason(
    reader: EventReader, olga: User, now: datetime
) -> None:
    handle_events([bar_event(deliveries=4)], now=now)
    letter = DeadLetter.objects.get()
    with pytest.raises(ReasonMissing):
        retry_dead_letter(letter, reason=" ", acting_user=olga, now=now)

    retry_dead_letter(letter, reason="Mended.", acting_user=olga, now=now)

    [event] = reader.read(all_shards(), seconds=1)
    assert event.fields == letter.payload
    letter.refresh_from_db()
    assert (letter.resolution, letter.resolved_why) == (Resolution.RETRIED, "Mended.")
    audited = AuditEvent.objects.get(event="dead_letter_retried")
    assert (audited.actor, audited.reason) == (olga, "Mended.")
    with pytest.raises(AlreadyDecided):
        discard_dead_letter(letter, reason="No.", acting_user=olga, now=now)


def test_what_was_not_sent_stays_open(olga: User, now: datetime, settings: Settings) -> None:
    handle_events([bar_event(deliveries=4)], now=now)
    handle_events([bar_event(4, instrument_key="")], now=now)
    DeadLetter.objects.filter(payload__instrument_key="").update(event="other 1-0")
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    with pytest.raises(EventNotSent):
        retry_dead_letter(DeadLetter.objects.get(), reason="r", acting_user=olga, now=now)

    assert DeadLetter.objects.filter(resolution="").count() == 1


def test_an_event_without_an_instrument_can_only_be_discarded(olga: User, now: datetime) -> None:
    handle_events([MarketEvent(0, "2-0", {"kind": "bar"})], now=now)
    letter = DeadLetter.objects.get()

    with pytest.raises(NothingToRetry):
        retry_dead_letter(letter, reason="r", acting_user=olga, now=now)
    discard_dead_letter(letter, reason="r", acting_user=olga, now=now)

    letter.refresh_from_db()
    assert letter.resolution == Resolution.DISCARDED
    assert AuditEvent.objects.filter(event="dead_letter_discarded", actor=olga).exists()


def given_up(execution: Execution, now: datetime, settings: Settings) -> DeadLetter:
    """Let all attempts of an execution end by our own trouble."""
    for _ in range(settings.EXECUTION_MAX_ATTEMPTS):
        [claim] = claims.claim_all([str(execution.pk)], now=now)
        claims.give_back(claim, now=now, error={"code": "infrastructure", "message": "The store."})
    return DeadLetter.objects.get(execution=execution)


def test_an_execution_that_our_trouble_ended_is_put_aside_and_can_be_retried(
    subscribed: ScriptVersion, olga: User, now: datetime, settings: Settings
) -> None:
    [execution] = run_markets([("IBM", "1d")], now=now)
    letter = given_up(execution, now, settings)

    retry_dead_letter(letter, reason="The store is back.", acting_user=olga, now=now)

    execution.refresh_from_db()
    letter.refresh_from_db()
    assert (letter.reason, letter.attempts) == ("The store.", settings.EXECUTION_MAX_ATTEMPTS)
    assert (execution.status, execution.attempts) == (ExecutionStatus.PENDING, 0)
    assert letter.resolution == Resolution.RETRIED
    reasons = AuditEvent.objects.filter(event="execution_run_again").values_list("reason")
    assert list(reasons) == [("The store is back.",)]


def test_running_an_execution_again_answers_its_dead_letter(
    subscribed: ScriptVersion, olga: User, now: datetime, settings: Settings
) -> None:
    [execution] = run_markets([("IBM", "1d")], now=now)
    letter = given_up(execution, now, settings)
    execution.refresh_from_db()

    run_again(execution, reason="r", acting_user=olga, now=now + timedelta(seconds=1))

    letter.refresh_from_db()
    assert letter.resolved_by == olga


def test_one_page_shows_both_and_retries_and_discards_after_a_question(
    reader: EventReader,
    subscribed: ScriptVersion,
    olga: User,
    mallory: User,
    now: datetime,
    settings: Settings,
) -> None:
    [execution] = run_markets([("IBM", "1d")], now=now)
    of_execution = given_up(execution, now, settings)
    handle_events([bar_event(deliveries=4)], now=now)
    of_event = DeadLetter.objects.get(kind="event")
    page = "/admin/execution/deadletter/"
    browser = Client()
    browser.force_login(olga)

    listed = browser.get(page).content.decode()
    form = {"action": "retry", "_selected_action": [str(of_event.pk), str(of_execution.pk)]}
    asked = browser.post(page, form).content.decode()
    unexplained = browser.post(page, {**form, "confirmed": "yes"}, follow=True).content.decode()
    done = browser.post(page, {**form, "confirmed": "yes", "reason": "Mended."}, follow=True)

    assert "The store." in listed
    assert "Nobody lived" in listed
    assert "Try again?" in asked
    assert "Say why" in unexplained
    assert "2 sent again." in done.content.decode()
    assert not DeadLetter.objects.filter(resolution="").exists()
    opened = browser.get(f"{page}{of_event.pk}/change/").content.decode()
    assert "Retried by olga" in opened.replace("retried", "Retried")
    foreign = dead_letters.open_to(mallory)
    assert not foreign.filter(pk=of_execution.pk).exists()


def test_without_redis_a_member_looks_after_everything_by_itself(
    subscribed: ScriptVersion, settings: Settings
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    process = RealtimeProcess(StopRequest())

    process.take_turn()

    assert Execution.objects.get().version == subscribed


@pytest.mark.django_db(transaction=True)
def test_what_a_member_has_in_hand_waits_for_the_database(
    reader: EventReader,
    client: Any,
    subscribed: ScriptVersion,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[int] = []

    def handle(events: list[MarketEvent], *, now: datetime) -> list[MarketEvent]:
        tried.append(len(events))
        if len(tried) == 1:
            raise OperationalError("the server closed the connection")
        return handle_events(events, now=now)

    monkeypatch.setattr(realtime_process, "handle_events", handle)
    announced = client.xlen(event_stream(IBM))
    process = RealtimeProcess(StopRequest())

    process.take_turn()
    waiting = client.xpending(event_stream(IBM), market_events.GROUP)["pending"]
    process.take_turn()

    assert tried == [announced, announced]
    assert waiting == announced == 3
    assert client.xpending(event_stream(IBM), market_events.GROUP)["pending"] == 0
    assert Execution.objects.get().version == subscribed


@pytest.mark.django_db(transaction=True)
def test_a_process_ends_what_another_took_and_did_not_end(
    reader: EventReader, client: Any, subscribed: ScriptVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = reader.read(all_shards(), seconds=1)
    monkeypatch.setattr(market_events, "HELD_TOO_LONG_SECONDS", 0.0)
    process = RealtimeProcess(StopRequest())

    for _ in range(realtime_process.CLAIM_EVERY_PASSES):
        process.take_turn()

    assert len(taken) == 3
    assert client.xpending(event_stream(IBM), market_events.GROUP)["pending"] == 0
