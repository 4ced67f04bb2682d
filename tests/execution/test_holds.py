from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import AuditEvent, Tenant, User
from accounts.principals import RoleRequired
from execution import held
from execution.held import Held
from execution.models import Execution, ExecutionStatus, Hold, HoldKind, RealtimePlan, TrialStatus
from execution.services import claims, holds, runs
from execution.services.hold_targets import NoSuchTarget
from execution.services.realtime import run_markets
from execution.services.recovery import recover
from execution.services.requests import RunRequest, request_run
from execution.services.subscriptions import subscribe
from execution.services.trials import request_trial
from market.bars import NewBar
from market.models import Instrument
from market.services.bars import record_bars
from registry.models import ScriptVersion
from registry.texts import InvalidText
from streams.models import Output
from tests import factories
from tests.execution.conftest import run_everything, session_bar

pytestmark = [pytest.mark.django_db, pytest.mark.sandbox]

ON_IBM = RunRequest(instrument_key="IBM")
CLOSE = 'emit_signal({"value": float(get_market_data(bars=1)["close"].iloc[-1])})\n'
KINDS = list(HoldKind)


@pytest.fixture
def version(ada: User, rita: User, three_sessions: list[NewBar]) -> ScriptVersion:
    return factories.make_published_version(ada, rita, name="Close", source=CLOSE)


@pytest.fixture
def other(
    mallory: User, carol: User, three_sessions: list[NewBar], other_tenant: Tenant
) -> ScriptVersion:
    """A script of another house, which runs on another instrument."""
    Instrument.objects.create(
        key="AAPL",
        name="Apple",
        kind="equity",
        currency="USD",
        exchange="NASDAQ",
        timezone="America/New_York",
        created_at=three_sessions[0].opened_at,
    )
    reviewer = factories.make_user("roger", tenant=other_tenant, roles=["reviewer"])
    return factories.make_published_version(mallory, reviewer, name="Other", source=CLOSE)


@pytest.fixture
def root(tenant: Tenant) -> User:
    """An operator of the platform."""
    user = factories.make_user("root", tenant=tenant, is_staff=True)
    user.is_superuser = True
    user.save()
    return user


def target_of(kind: str, version: ScriptVersion) -> str:
    return {
        HoldKind.EVERYTHING: "",
        HoldKind.TENANT: version.script.tenant.slug,
        HoldKind.AUTHOR: version.script.owner.username,
        HoldKind.SCRIPT: str(version.script_id),
        HoldKind.INSTRUMENT: "IBM",
    }[HoldKind(kind)]


def place(kind: str, version: ScriptVersion, by: User, now: datetime) -> tuple[Hold, holds.Reach]:
    return holds.place_hold(
        kind, target_of(kind, version), reason="It misbehaves.", acting_user=by, now=now
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_hold_stops_what_it_covers_and_nothing_else(
    kind: str, version: ScriptVersion, other: ScriptVersion, ada: User, root: User, now: datetime
) -> None:
    asked = request_run(version.script, ON_IBM, acting_user=ada, now=now)
    elsewhere = request_run(
        other.script,
        RunRequest(instrument_key="AAPL"),
        acting_user=other.script.owner,
        now=now,
    )

    place(kind, version, root, now)

    asked.refresh_from_db()
    elsewhere.refresh_from_db()
    assert (asked.status, asked.outcome) == (ExecutionStatus.CANCELLED, "held")
    assert asked.error is not None
    assert "root" in asked.error["message"]
    everything = kind == HoldKind.EVERYTHING
    assert (elsewhere.outcome == "held") is everything
    with pytest.raises(Held, match="Ask root"):
        request_run(version.script, ON_IBM, acting_user=ada, now=now)
    with pytest.raises(Held, match="Ask root"):
        request_trial(version, instrument_key="IBM", acting_user=ada, now=now)


def test_a_claim_refuses_what_is_held_whoever_put_it_there(
    version: ScriptVersion, ada: User, olga: User, now: datetime
) -> None:
    asked = request_run(version.script, ON_IBM, acting_user=ada, now=now)
    place(HoldKind.SCRIPT, version, olga, now)
    Execution.objects.filter(pk=asked.pk).update(
        status=ExecutionStatus.PENDING, finished_at=None, outcome="", queued_at=now
    )

    assert claims.claim(str(asked.pk), now=now) is None
    assert not claims.claim_urgent(at_most=10, now=now).claims

    asked.refresh_from_db()
    assert (asked.status, asked.outcome, asked.attempts) == (ExecutionStatus.CANCELLED, "held", 0)


def test_what_an_attempt_puts_out_after_a_hold_does_not_count(
    version: ScriptVersion, ada: User, olga: User, now: datetime
) -> None:
    asked = request_run(version.script, ON_IBM, acting_user=ada, now=now)
    [claimed] = claims.claim_all([str(asked.pk)], now=now)

    place(HoldKind.SCRIPT, version, olga, now)

    assert not claims.finish(claimed, status=ExecutionStatus.COMPLETED, outcome="ok", now=now)
    asked.refresh_from_db()
    assert (asked.status, asked.outcome) == (ExecutionStatus.CANCELLED, "held")


def test_bars_under_a_hold_are_passed_over_and_the_next_output_declares_them(
    version: ScriptVersion, ada: User, olga: User, now: datetime
) -> None:
    subscribe(version.script, ON_IBM, acting_user=ada, now=now)
    run_markets([("IBM", "1d")], now=now)
    run_everything()
    record_bars([session_bar(3)], now=now)
    [caught] = run_markets([("IBM", "1d")], now=now)

    hold, reach = place(HoldKind.SCRIPT, version, olga, now)
    record_bars([session_bar(day) for day in (4, 5)], now=now)
    assert run_markets([("IBM", "1d")], now=now) == []
    holds.lift_hold(hold.pk, acting_user=olga, now=now + timedelta(minutes=1))
    assert run_markets([("IBM", "1d")], now=now) == []
    record_bars([session_bar(6)], now=now)
    run_markets([("IBM", "1d")], now=now)
    run_everything()

    assert reach == holds.Reach(plans=1, subscribers=1, running=0, waiting=1, trials=0)
    caught.refresh_from_db()
    assert caught.outcome == "held"
    told = [(o.value, o.metadata.get("signalhub")) for o in Output.objects.order_by("seq")]
    assert told == [(102.0, None), (106.0, {"trigger": "bar", "held": 3})]
    assert RealtimePlan.objects.get().held == 0


def test_a_dependent_of_what_is_held_says_so_and_does_not_guess(
    version: ScriptVersion, ada: User, rita: User, olga: User, now: datetime
) -> None:
    dependent = factories.make_published_version(
        ada,
        rita,
        name="Twice",
        source=f'emit_signal({{"value": get_script_output("{version.script_id}")["value"]}})\n',
        manifest={"depends_on": [f"{version.script_id}@{version.version}"]},
    )
    subscribe(dependent.script, ON_IBM, acting_user=ada, now=now)
    run_markets([("IBM", "1d")], now=now)
    run_everything()
    place(HoldKind.SCRIPT, version, olga, now)
    record_bars([session_bar(3)], now=now)

    run_markets([("IBM", "1d")], now=now)
    [refused] = run_everything()

    assert refused.version == dependent
    assert refused.outcome == "dependency_unavailable"
    assert refused.error is not None
    assert "on hold" in refused.error["message"]
    assert Output.objects.count() == 2


def test_a_trial_under_a_hold_ends(
    version: ScriptVersion, ada: User, olga: User, now: datetime
) -> None:
    trial = request_trial(version, instrument_key="IBM", bars=2, acting_user=ada, now=now)

    _, reach = place(HoldKind.AUTHOR, version, olga, now)

    trial.refresh_from_db()
    assert reach.trials == 1
    assert trial.status == TrialStatus.CANCELLED
    assert trial.error is not None
    assert trial.error["code"] == "held"


def test_what_was_locked_when_a_hold_was_placed_is_ended_by_the_reaper(
    version: ScriptVersion, ada: User, olga: User, now: datetime
) -> None:
    place(HoldKind.SCRIPT, version, olga, now)
    late = Execution.objects.create(
        kind="onetime",
        version=version,
        user=ada,
        instrument_key="IBM",
        timeframe="1d",
        params_sha256="",
        as_of=now,
        created_at=now,
        queued_at=now,
    )

    recover(now=now)

    late.refresh_from_db()
    assert late.outcome == "held"


def test_lifted_it_runs_again(version: ScriptVersion, ada: User, olga: User, now: datetime) -> None:
    hold, _ = place(HoldKind.SCRIPT, version, olga, now)

    holds.lift_hold(hold.pk, acting_user=olga, now=now)

    assert held.active_holds() == []
    asked = request_run(version.script, ON_IBM, acting_user=ada, now=now)
    runs.run_most_urgent(at_most=1)
    asked.refresh_from_db()
    assert asked.outcome == "ok"
    with pytest.raises(holds.HoldIsLifted):
        holds.lift_hold(hold.pk, acting_user=olga, now=now)


def test_placing_and_lifting_are_on_record_with_the_reason(
    version: ScriptVersion, olga: User, now: datetime
) -> None:
    hold, _ = place(HoldKind.SCRIPT, version, olga, now)
    holds.lift_hold(hold.pk, reason=" It was mended. ", acting_user=olga, now=now)
    again, _ = place(HoldKind.SCRIPT, version, olga, now)
    holds.lift_hold(again.pk, acting_user=olga, now=now)

    events = AuditEvent.objects.filter(event__startswith="hold_").order_by("pk")
    assert [(e.event, e.actor, e.reason) for e in events] == [
        ("hold_placed", olga, "It misbehaves."),
        ("hold_lifted", olga, "It was mended."),
        ("hold_placed", olga, "It misbehaves."),
        ("hold_lifted", olga, ""),
    ]
    assert events[1].after is not None
    assert events[1].after["placed_because"] == "It misbehaves."
    assert events[0].chain == version.script.tenant.slug


def test_a_hold_takes_a_reason_and_is_placed_once(
    version: ScriptVersion, olga: User, now: datetime
) -> None:
    with pytest.raises(InvalidText):
        holds.place_hold("script", str(version.script_id), reason="  ", acting_user=olga, now=now)
    place(HoldKind.SCRIPT, version, olga, now)
    with pytest.raises(holds.AlreadyOnHold):
        place(HoldKind.SCRIPT, version, olga, now)


@pytest.mark.parametrize("kind", [k for k in KINDS if k != HoldKind.EVERYTHING])
def test_an_operator_holds_only_what_is_of_their_house(
    kind: str, version: ScriptVersion, other: ScriptVersion, mallory: User, ada: User, now: datetime
) -> None:
    if kind == HoldKind.INSTRUMENT:
        hold, _ = place(kind, version, mallory, now)
        asked: Any = request_run(version.script, ON_IBM, acting_user=ada, now=now)
        assert held.covers(hold, other.script, "IBM")
        assert asked.pk
        return
    with pytest.raises(NoSuchTarget):
        place(kind, version, mallory, now)


def test_only_operators_hold_and_only_those_of_the_platform_hold_everything(
    version: ScriptVersion, ada: User, sam: User, olga: User, now: datetime
) -> None:
    for user in (ada, sam):
        with pytest.raises(RoleRequired):
            place(HoldKind.SCRIPT, version, user, now)
    with pytest.raises(RoleRequired):
        place(HoldKind.EVERYTHING, version, olga, now)


def test_a_foreign_hold_is_not_there_to_lift(
    version: ScriptVersion, olga: User, mallory: User, ada: User, root: User, now: datetime
) -> None:
    of_house, _ = place(HoldKind.SCRIPT, version, olga, now)
    of_platform, _ = place(HoldKind.INSTRUMENT, version, root, now)

    for user, hold in ((mallory, of_house), (ada, of_house), (olga, of_platform)):
        with pytest.raises(holds.NoSuchHold):
            holds.lift_hold(hold.pk, acting_user=user, now=now)
    assert set(holds.open_holds(olga)) == {of_house}
    assert set(holds.open_holds(root)) == {of_house, of_platform}
