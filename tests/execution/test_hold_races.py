"""Holds and revocations against starts, each from threads of their own, and what is counted after.

Whoever stops something looks at the attempts there were when that had committed: none may be added.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from accounts.models import Membership, Role, User
from common.clock import utc_now
from execution import held
from execution.models import Execution, ExecutionStatus, HoldKind
from execution.services import claims, holds, runs
from execution.services.advancing import MOST_UNFINISHED
from execution.services.realtime import run_markets
from execution.services.requests import RunRequest, request_run
from execution.services.subscriptions import subscribe
from market.bars import NewBar
from market.services.bars import record_bars
from registry.models import Entitlement, ScriptVersion
from registry.services import entitlements
from tests import factories
from tests.execution.conftest import session_bar
from tests.execution.pending import make_pending

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sandbox]

ON_IBM = RunRequest(instrument_key="IBM")
FOREVER = "while True:\n    pass\n"
SOON_SECONDS = 20  # the run's own limit is 30
HOW_MANY = [24, pytest.param(400, marks=pytest.mark.faults)]


@pytest.fixture
def version(ada: User, rita: User, three_sessions: list[NewBar]) -> ScriptVersion:
    return factories.make_published_version(ada, rita)


def in_a_thread_of_its_own(work: Callable[[], object]) -> Callable[[], None]:
    def whole() -> None:
        try:
            work()
        finally:
            connection.close()

    return whole


@contextmanager
def threads(count: int, work: Callable[[], object]) -> Iterator[None]:
    """Do something in several threads until each is done, beside the block."""
    with ThreadPoolExecutor(count) as pool:
        doing = [pool.submit(in_a_thread_of_its_own(work)) for _ in range(count)]
        yield
        for one in doing:
            one.result(timeout=120)


def starting(began: threading.Event) -> Callable[[], None]:
    """Return what starts whatever is pending, one after the other, until nothing is."""

    def start() -> None:
        while claims.claim_urgent(at_most=1, now=utc_now()).looked_at:
            began.set()

    return start


def attempts_of(rows: list[Execution]) -> dict[object, int]:
    found = Execution.objects.filter(pk__in=[row.pk for row in rows])
    return dict(found.values_list("pk", "attempts"))


@pytest.mark.parametrize("count", HOW_MANY)
def test_no_start_follows_a_revocation_however_close_they_are(
    count: int, version: ScriptVersion, ada: User, now: datetime
) -> None:
    users = User.objects.bulk_create(User(username=f"sam{number}") for number in range(count))
    house = version.script.tenant
    Membership.objects.bulk_create(
        Membership(tenant=house, user=user, role=Role.SUBSCRIBER) for user in users
    )
    Entitlement.objects.bulk_create(
        Entitlement(script=version.script, user=user, granted_by=ada, starts_at=now, created_at=now)
        for user in users
    )
    rows = make_pending(version, users, now=now)
    seen: dict[object, int] = {}
    began = threading.Event()

    with threads(3, starting(began)):
        began.wait(30)
        for user, row in zip(reversed(users), reversed(rows), strict=True):
            entitlements.revoke(version.script, user, acting_user=ada, now=utc_now())
            seen |= attempts_of([row])

    assert attempts_of(rows) == seen
    assert not Execution.objects.filter(status=ExecutionStatus.PENDING).exists()
    assert 0 < sum(seen.values()) < count, "The one was over before the other began."


@pytest.mark.parametrize("count", HOW_MANY)
def test_no_start_follows_a_hold_however_close_they_are(
    count: int, version: ScriptVersion, ada: User, olga: User, now: datetime
) -> None:
    keys = [f"X{number}" for number in range(count)]
    factories.make_instruments(keys, now=now)
    rows = make_pending(version, [ada], now=now, instruments=keys)
    by_key = {row.instrument_key: row for row in rows}
    seen: dict[object, int] = {}
    began = threading.Event()

    with threads(3, starting(began)):
        began.wait(30)
        for key in reversed(keys):
            holds.place_hold(
                HoldKind.INSTRUMENT, key, reason="Race", acting_user=olga, now=utc_now()
            )
            seen |= attempts_of([by_key[key]])

    assert attempts_of(rows) == seen
    left = Execution.objects.exclude(status=ExecutionStatus.CANCELLED, outcome="held")
    assert not left.exists()
    assert 0 < sum(seen.values()) < count, "The one was over before the other began."


@pytest.mark.parametrize("kind", [k for k in HoldKind if k != HoldKind.INSTRUMENT])
def test_no_start_follows_a_hold_of_any_kind(
    kind: HoldKind, version: ScriptVersion, ada: User, olga: User, now: datetime
) -> None:
    olga.is_superuser = True
    olga.save()
    targets = {
        HoldKind.EVERYTHING: "",
        HoldKind.TENANT: version.script.tenant.slug,
        HoldKind.AUTHOR: ada.username,
        HoldKind.SCRIPT: str(version.script_id),
    }
    rows = make_pending(version, [ada], now=now, instruments=["IBM"] * 60)
    began = threading.Event()

    with threads(3, starting(began)):
        began.wait(30)
        holds.place_hold(kind, targets[kind], reason="Race", acting_user=olga, now=utc_now())
        seen = attempts_of(rows)

    assert attempts_of(rows) == seen
    assert sum(seen.values()) > 0
    assert set(Execution.objects.values_list("outcome", flat=True)) == {"held"}


def test_what_runs_under_a_hold_is_killed_and_what_shared_its_process_runs_again(
    ada: User, rita: User, olga: User, three_sessions: list[NewBar], now: datetime
) -> None:
    ada.tier_id = "enterprise"
    ada.save()
    script = factories.make_published_version(ada, rita, source=FOREVER).script
    factories.make_instruments(["AAPL"], now=now)
    on_ibm, on_apple = (
        request_run(script, RunRequest(instrument_key=key), acting_user=ada, now=now)
        for key in ("IBM", "AAPL")
    )
    work = in_a_thread_of_its_own(lambda: runs.run_most_urgent(at_most=2))
    worker = threading.Thread(target=work)
    worker.start()
    while Execution.objects.filter(status=ExecutionStatus.RUNNING).count() < 2:
        worker.join(0.05)
        assert worker.is_alive()

    hold, reach = holds.place_hold(
        HoldKind.INSTRUMENT, "IBM", reason="Loops", acting_user=olga, now=utc_now()
    )
    worker.join(SOON_SECONDS)

    assert not worker.is_alive()
    assert reach.running == 1
    ended = {row.pk: row for row in Execution.objects.all()}
    assert ended[on_ibm.pk].outcome == "held"
    assert ended[on_ibm.pk].error["hold"] == str(hold.pk)  # type: ignore[index]
    assert ended[on_apple.pk].status == ExecutionStatus.PENDING
    assert ended[on_apple.pk].error["code"] == "interrupted"  # type: ignore[index]


def test_eight_who_look_at_a_market_at_once_make_each_run_once(
    version: ScriptVersion, ada: User, now: datetime
) -> None:
    subscribe(version.script, ON_IBM, acting_user=ada, now=now)
    run_markets([("IBM", "1d")], now=now)
    record_bars([session_bar(day) for day in range(3, 12)], now=now)

    assert sum(created_by_eight(now)) == 9
    due = list(Execution.objects.order_by("due_at").values_list("due_at", flat=True))
    assert due == [session_bar(day).opened_at for day in range(2, 12)]
    assert MOST_UNFINISHED > 10


def test_eight_who_take_a_plan_to_the_next_bar_at_once_make_one_run(
    version: ScriptVersion, ada: User, now: datetime
) -> None:
    subscribe(version.script, ON_IBM, acting_user=ada, now=now)
    run_markets([("IBM", "1d")], now=now)

    for day in range(3, 9):
        record_bars([session_bar(day)], now=now)
        assert sum(created_by_eight(now)) == 1


def created_by_eight(now: datetime) -> list[int]:
    """Return how many runs each of eight created who looked at the market at the same moment."""
    together = threading.Barrier(8)
    created: list[int] = []

    def look() -> None:
        together.wait(30)
        created.append(len(run_markets([("IBM", "1d")], now=now)))

    with threads(8, look):
        pass
    return created


def test_the_placing_of_a_hold_waits_for_a_start_that_came_before(
    version: ScriptVersion, ada: User, olga: User, now: datetime
) -> None:
    asked = request_run(version.script, ON_IBM, acting_user=ada, now=now)
    place = in_a_thread_of_its_own(
        lambda: holds.place_hold(
            HoldKind.SCRIPT,
            str(version.script_id),
            reason="Race",
            acting_user=olga,
            now=now + timedelta(seconds=1),
        )
    )
    with transaction.atomic():
        assert claims.claim_all([str(asked.pk)], now=now)
        placer = threading.Thread(target=place)
        placer.start()
        placer.join(0.3)
        assert placer.is_alive(), "The hold did not wait for the start."
        assert held.active_holds() == []
    placer.join(SOON_SECONDS)

    asked.refresh_from_db()
    assert (asked.attempts, asked.outcome) == (1, "held")
