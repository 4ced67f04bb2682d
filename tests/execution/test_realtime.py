from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from execution.models import Execution, ExecutionStatus, RealtimePlan
from execution.services import advancing
from execution.services.market_watch import MarketWatch
from execution.services.realtime import run_markets
from execution.services.requests import RunRequest, request_run
from execution.services.subscriptions import NotRealtime, subscribe, unsubscribe
from market.bars import NewBar
from market.models import Instrument
from market.services.bars import record_bars
from registry.models import Script, ScriptVersion
from registry.services import entitlements
from registry.services.policies import roll_back
from streams.models import Output, Stream
from tests import factories
from tests.execution.conftest import run_everything, session_bar

pytestmark = [pytest.mark.django_db, pytest.mark.sandbox]

ON_IBM = RunRequest(instrument_key="IBM")
CLOSE = 'emit_signal({"value": float(get_market_data(bars=1)["close"].iloc[-1])})\n'
TWICE = 'emit_signal({"value": 2 * get_script_output("%s")["value"]})\n'


@pytest.fixture
def close(ada: User, rita: User, three_sessions: list[NewBar]) -> ScriptVersion:
    return factories.make_published_version(ada, rita, name="Close", source=CLOSE)


@pytest.fixture
def twice(close: ScriptVersion, ada: User, rita: User) -> ScriptVersion:
    return factories.make_published_version(
        ada,
        rita,
        name="Twice",
        source=TWICE % close.script_id,
        manifest={"depends_on": [f"{close.script_id}@{close.version}"]},
    )


def outputs_of(script: Script) -> list[tuple[int, Any]]:
    stream = Stream.objects.get(script=script)
    return list(Output.objects.filter(stream=stream).order_by("seq").values_list("seq", "value"))


def test_a_new_subscription_runs_on_the_newest_bar_at_once(
    close: ScriptVersion, ada: User, now: datetime, three_sessions: list[NewBar]
) -> None:
    subscribe(close.script, ON_IBM, acting_user=ada, now=now)

    run_markets([("IBM", "1d")], now=now)

    execution = Execution.objects.get()
    assert execution.bar_opened_at == three_sessions[-1].opened_at
    assert execution.as_of == three_sessions[-1].closes_at


def test_every_bar_becomes_one_output_in_order(
    close: ScriptVersion, ada: User, now: datetime
) -> None:
    subscribe(close.script, ON_IBM, acting_user=ada, now=now)
    run_markets([("IBM", "1d")], now=now)
    record_bars([session_bar(day) for day in (3, 4)], now=now)

    run_markets([("IBM", "1d")], now=now)
    run_markets([("IBM", "1d")], now=now)
    run_everything()

    assert outputs_of(close.script) == [(1, 102.0), (2, 103.0), (3, 104.0)]


def test_a_later_bar_of_a_plan_waits_for_the_one_before(
    close: ScriptVersion, ada: User, now: datetime
) -> None:
    subscribe(close.script, ON_IBM, acting_user=ada, now=now)
    run_markets([("IBM", "1d")], now=now)
    record_bars([session_bar(3)], now=now)
    run_markets([("IBM", "1d")], now=now)

    statuses = list(Execution.objects.order_by("pk").values_list("status", flat=True))

    assert statuses == [ExecutionStatus.PENDING, ExecutionStatus.WAITING]


def test_a_dependent_reads_its_dependency_of_the_same_bar(
    close: ScriptVersion, twice: ScriptVersion, ada: User, now: datetime
) -> None:
    subscribe(twice.script, ON_IBM, acting_user=ada, now=now)
    run_markets([("IBM", "1d")], now=now)
    record_bars([session_bar(3)], now=now)
    run_markets([("IBM", "1d")], now=now)

    ran = run_everything()

    assert [run.outcome for run in ran] == ["ok"] * 4
    assert outputs_of(twice.script) == [(1, 204.0), (2, 206.0)]


def test_a_dependent_of_a_failed_dependency_says_so_and_does_not_guess(
    ada: User, rita: User, now: datetime, ibm: Instrument
) -> None:
    record_bars([session_bar(0)], now=now)
    failing = factories.make_published_version(ada, rita, name="Failing", source="1 / 0\n")
    dependent = factories.make_published_version(
        ada,
        rita,
        source=TWICE % failing.script_id,
        manifest={"depends_on": [f"{failing.script_id}@{failing.version}"]},
    )
    subscribe(dependent.script, ON_IBM, acting_user=ada, now=now)
    run_markets([("IBM", "1d")], now=now)

    failed, refused = run_everything()

    assert failed.error is not None
    assert failed.error["line"] == 1
    assert refused.outcome == "dependency_unavailable"
    assert refused.error is not None
    assert "Failing" in refused.error["message"]
    assert not Output.objects.exists()


def test_a_plan_is_computed_once_for_all_its_subscribers(
    close: ScriptVersion, ada: User, sam: User, now: datetime
) -> None:
    factories.make_entitlement(close.script, sam)
    for user in (ada, sam):
        subscribe(close.script, ON_IBM, acting_user=user, now=now)

    run_markets([("IBM", "1d")], now=now)

    assert RealtimePlan.objects.count() == 1
    assert Execution.objects.count() == 1


def test_a_revoked_subscriber_makes_nothing_due(
    close: ScriptVersion, ada: User, sam: User, now: datetime
) -> None:
    factories.make_entitlement(close.script, sam)
    subscribe(close.script, ON_IBM, acting_user=sam, now=now)
    entitlements.revoke(close.script, sam, acting_user=ada, now=now)

    assert run_markets([("IBM", "1d")], now=now + timedelta(seconds=1)) == []


def test_an_ended_subscription_makes_nothing_due(
    close: ScriptVersion, ada: User, now: datetime
) -> None:
    subscription, _ = subscribe(close.script, ON_IBM, acting_user=ada, now=now)
    unsubscribe(str(subscription.pk), acting_user=ada, now=now)

    assert run_markets([("IBM", "1d")], now=now) == []


def test_asking_twice_is_one_subscription(close: ScriptVersion, ada: User, now: datetime) -> None:
    first, _ = subscribe(close.script, ON_IBM, acting_user=ada, now=now)
    second, _ = subscribe(close.script, ON_IBM, acting_user=ada, now=now)

    assert first == second


def test_a_script_for_requests_only_cannot_be_subscribed_to(
    ada: User, rita: User, now: datetime, three_sessions: list[NewBar]
) -> None:
    onetime = factories.make_published_version(ada, rita, manifest={"runtime_mode": "onetime"})

    with pytest.raises(NotRealtime):
        subscribe(onetime.script, ON_IBM, acting_user=ada, now=now)


def test_a_new_version_takes_over_the_stream(
    close: ScriptVersion, ada: User, rita: User, now: datetime
) -> None:
    subscribe(close.script, ON_IBM, acting_user=ada, now=now)
    run_markets([("IBM", "1d")], now=now)
    run_everything()
    factories.publish_next_version(close.script, rita, source="emit_signal({'value': -1})\n")
    record_bars([session_bar(3)], now=now)

    run_markets([("IBM", "1d")], now=now)
    run_everything()

    assert outputs_of(close.script)[0] == (1, 102.0)
    assert outputs_of(close.script)[-1][1] == -1


def test_a_version_that_is_rolled_back_to_goes_on_where_the_other_ended(
    close: ScriptVersion, ada: User, rita: User, now: datetime
) -> None:
    subscribe(close.script, ON_IBM, acting_user=ada, now=now)
    run_markets([("IBM", "1d")], now=now)
    factories.publish_next_version(close.script, rita, source='emit_signal({"value": 7})\n')
    for day in (3, 4, 5):
        record_bars([session_bar(day)], now=now)
        run_markets([("IBM", "1d")], now=now)

    roll_back(close.script, "1.0.0", reason="Wrong.", acting_user=ada, now=now)
    run_markets([("IBM", "1d")], now=now)
    record_bars([session_bar(6)], now=now)
    run_markets([("IBM", "1d")], now=now)
    run_everything()

    values = [value for _, value in outputs_of(close.script)]
    assert values == [102.0, 7, 7, 7, 106.0]


def test_a_one_time_run_reads_the_history_that_its_dependency_published(
    close: ScriptVersion, ada: User, rita: User, now: datetime
) -> None:
    subscribe(close.script, ON_IBM, acting_user=ada, now=now)
    run_markets([("IBM", "1d")], now=now)
    record_bars([session_bar(3)], now=now)
    run_markets([("IBM", "1d")], now=now)
    run_everything()
    reads = f'get_script_output("{close.script_id}", history=5)'
    version = factories.make_published_version(
        ada,
        rita,
        source=f'emit_signal({{"value": [o["value"] for o in {reads}]}})\n',
        manifest={"depends_on": [f"{close.script_id}@{close.version}"]},
    )

    execution = request_run(version.script, ON_IBM, acting_user=ada, now=now)
    run_everything()

    execution.refresh_from_db()
    assert execution.outputs[0]["value"] == [102.0, 103.0]


def test_a_run_as_of_an_instant_does_not_read_what_was_put_out_about_it_later(
    ada: User, rita: User, now: datetime, three_sessions: list[NewBar]
) -> None:
    about = three_sessions[0].closes_at.isoformat()
    source = f'emit_signal({{"value": len(data), "timestamp": "{about}"}})\n'
    hindsight = factories.make_published_version(ada, rita, name="Hindsight", source=source)
    subscribe(hindsight.script, ON_IBM, acting_user=ada, now=now)
    run_markets([("IBM", "1d")], now=now)
    run_everything()
    reads = f'get_script_output("{hindsight.script_id}", history=5)'
    version = factories.make_published_version(
        ada,
        rita,
        source=f'emit_signal({{"value": [o["value"] for o in {reads}]}})\n',
        manifest={"depends_on": [f"{hindsight.script_id}@{hindsight.version}"]},
    )

    read = []
    for bar in three_sessions:
        asked = replace(ON_IBM, as_of=bar.closes_at)
        execution = request_run(version.script, asked, acting_user=ada, now=now)
        run_everything()
        execution.refresh_from_db()
        read.append(execution.outputs[0]["value"])

    assert read == [[], [], [3]]


def test_a_market_is_looked_at_again_when_a_bar_closes(
    close: ScriptVersion, ada: User, now: datetime
) -> None:
    subscribe(close.script, ON_IBM, acting_user=ada, now=now)
    watch = MarketWatch()

    second = timedelta(seconds=1)
    counts = [watch.run_due(now=now), watch.run_due(now=now + second)]
    record_bars([session_bar(3)], now=now)
    counts.append(watch.run_due(now=now + 2 * second))

    assert counts == [1, 0, 1]


def test_a_plan_that_falls_behind_keeps_its_bars_for_later(
    close: ScriptVersion, ada: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advancing, "MOST_UNFINISHED", 2)
    subscribe(close.script, ON_IBM, acting_user=ada, now=now)
    run_markets([("IBM", "1d")], now=now)
    record_bars([session_bar(day) for day in range(3, 8)], now=now)

    run_markets([("IBM", "1d")], now=now)
    open_at_once = Execution.objects.count()
    for _ in range(4):
        run_everything()
        run_markets([("IBM", "1d")], now=now)
    run_everything()

    assert open_at_once == 2
    assert outputs_of(close.script) == [(n, 101.0 + n) for n in range(1, 7)]


def test_a_dependent_waits_with_a_bar_for_which_its_dependency_has_no_room_yet(
    close: ScriptVersion,
    twice: ScriptVersion,
    ada: User,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(advancing, "MOST_UNFINISHED", 1)
    subscribe(close.script, ON_IBM, acting_user=ada, now=now)
    run_markets([("IBM", "1d")], now=now)
    record_bars([session_bar(3)], now=now)
    subscribe(twice.script, ON_IBM, acting_user=ada, now=now)

    run_markets([("IBM", "1d")], now=now)
    went_ahead = Execution.objects.filter(version=twice).count()
    for _ in range(3):
        run_everything()
        run_markets([("IBM", "1d")], now=now)
    run_everything()

    assert went_ahead == 0
    assert outputs_of(twice.script) == [(1, 206.0)]


def test_a_dependent_of_the_next_bar_waits_until_its_dependency_has_run_for_it(
    close: ScriptVersion, twice: ScriptVersion, ada: User, now: datetime
) -> None:
    subscribe(twice.script, ON_IBM, acting_user=ada, now=now)
    run_markets([("IBM", "1d")], now=now)
    run_everything()
    record_bars([session_bar(3)], now=now)

    run_markets([("IBM", "1d")], now=now)

    needed, dependent = (
        Execution.objects.get(version=version, bar_opened_at=session_bar(3).opened_at)
        for version in (close, twice)
    )
    assert (needed.status, needed.waits_for) == (ExecutionStatus.PENDING, [])
    assert (dependent.status, dependent.waits_for) == (ExecutionStatus.WAITING, [needed.pk])
