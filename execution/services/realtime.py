"""From a closed bar to executions: once per plan and bar, in the order of bars and dependencies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q

from common.canonical import digest
from execution import queue
from execution.models import (
    UNFINISHED,
    Execution,
    ExecutionKind,
    ExecutionStatus,
    RealtimePlan,
)
from execution.services.dependencies import direct_dependency_ids
from execution.triggers import (
    DueBar,
    Market,
    MarketState,
    WantedPlan,
    active_markets,
    due_bars,
    newest_bar,
    plans_for,
)
from streams import publishing
from streams.models import Stream

NO_PARAMS = digest({})
# A plan that runs slower than its bars come keeps this many runs open; the other bars stay where
# they are, in the table, and get theirs as it catches up.
MOST_UNFINISHED = 20
LOOK_AT_ALL_EVERY = timedelta(seconds=5)  # for what changes without a bar or a subscription


class MarketWatch:
    """Looks at a market when it changed, and at all of them every few seconds."""

    def __init__(self) -> None:
        self._seen: dict[Market, MarketState] = {}
        self._look_at_all_at = datetime.min.replace(tzinfo=UTC)

    def run_due(self, *, now: datetime) -> int:
        """Create and queue what is due in the markets somebody is subscribed to."""
        if now >= self._look_at_all_at:
            self._seen = {}
            self._look_at_all_at = now + LOOK_AT_ALL_EVERY
        current = active_markets()
        changed = [m for m, state in current.items() if self._seen.get(m) != state]
        self._seen = current
        return len(run_markets(changed, now=now))


def run_markets(markets: Iterable[Market], *, now: datetime) -> list[Execution]:
    """Create and queue what closed bars made due in some markets, and return it.

    It is queued after the last of them, so that one version's runs on many instruments travel
    together.
    """
    created = [row for market in markets for row in _run_market(*market, now=now)]
    ready = [row for row in created if row.status == ExecutionStatus.PENDING]
    queue.hand_over((row.version_id, row.pk) for row in ready)
    return created


def _run_market(instrument_key: str, timeframe: str, *, now: datetime) -> list[Execution]:
    """Create the executions of every plan of a market that lacks bars.

    A plan goes no further than the plans it depends on, so a bar that arrives while this runs
    waits for the next call.
    """
    horizon = newest_bar(instrument_key, timeframe)
    if horizon is None:
        return []
    done_until: dict[tuple[UUID, str], datetime] = {}
    created: list[Execution] = []
    for wanted in plans_for(instrument_key, timeframe, now=now):
        plan = wanted.plan
        needs = [(pk, NO_PARAMS) for pk in direct_dependency_ids(plan.version_id)]
        # What a suspended version would have put out is not waited for.
        until = min([horizon, *(done_until[key] for key in needs if key in done_until)])
        if plan.done_until is None or plan.done_until < until:
            created += _advance(wanted, due_bars(plan, until=until, now=now), now=now)
        if plan.product_id is None:  # nothing waits for what is computed for a product
            done_until[plan.version_id, plan.params_sha256] = plan.done_until or horizon
    return created


@transaction.atomic
def _advance(wanted: WantedPlan, bars: Sequence[DueBar], *, now: datetime) -> list[Execution]:
    plan = wanted.plan
    # Not a full lock: executions that point here may be written while this one waits for them.
    locked = RealtimePlan.objects.select_for_update(of=("self",), no_key=True).get(pk=plan.pk)
    room = MOST_UNFINISHED - plan.executions.filter(status__in=UNFINISHED).count()
    stream = _stream_of(plan)
    previous = locked.done_until
    if len(bars) > 1:
        previous = _skipping_what_others_did(plan, stream, previous)
    due = [b for b in bars if previous is None or b.opened_at > previous]
    created: list[Execution] = []
    for bar in due[: max(0, room)]:
        created.append(_create(wanted, bar, previous, stream, now=now))
        previous = bar.opened_at
    if previous != locked.done_until:
        plan.done_until = previous
        plan.save(update_fields=["done_until"])
    return created


def _skipping_what_others_did(
    plan: RealtimePlan, stream: Stream, done_until: datetime | None
) -> datetime | None:
    # A script pointed back at this version, after another one had its turn in the same stream,
    # goes on after what that one did.
    newest = _done_by_others(plan, stream)
    return max(filter(None, (done_until, newest)), default=None)


def _done_by_others(plan: RealtimePlan, stream: Stream) -> datetime | None:
    others = RealtimePlan.objects.filter(
        version__script=plan.version.script_id,
        instrument_key=plan.instrument_key,
        timeframe=plan.timeframe,
        params_sha256=plan.params_sha256,
    ).exclude(pk=plan.pk)
    newest = Execution.objects.filter(plan__in=others, stream=stream)
    found: datetime | None = newest.aggregate(newest=Max("due_at"))["newest"]
    return found


def _create(
    wanted: WantedPlan, bar: DueBar, previous: datetime | None, stream: Stream, *, now: datetime
) -> Execution:
    plan = wanted.plan
    waits_for = _unfinished_before(plan, bar, previous)
    return Execution.objects.create(
        kind=ExecutionKind.REALTIME,
        version=plan.version,
        user_id=wanted.user_id,
        product_subscription=wanted.product_subscription,
        instrument_key=plan.instrument_key,
        timeframe=plan.timeframe,
        params=plan.params,
        params_sha256=plan.params_sha256,
        as_of=bar.closes_at,
        plan=plan,
        due_at=bar.opened_at,
        bar_opened_at=bar.opened_at,
        stream=stream,
        waits_for=waits_for,
        status=ExecutionStatus.WAITING if waits_for else ExecutionStatus.PENDING,
        queued_at=None if waits_for else now,
        created_at=now,
    )


def _unfinished_before(plan: RealtimePlan, bar: DueBar, previous: datetime | None) -> list[UUID]:
    # The plan's bar before keeps its stream in the order of time; the dependencies' runs on this
    # bar are its inputs. The lock makes a run that finishes at this moment wait for our commit, so
    # that it finds the row it has to release.
    before = Q(plan=plan, due_at=previous)
    if needed := direct_dependency_ids(plan.version_id):
        before |= Q(
            plan__version__in=needed,
            plan__product=None,
            plan__instrument_key=plan.instrument_key,
            plan__timeframe=plan.timeframe,
            plan__params_sha256=NO_PARAMS,
            due_at=bar.opened_at,
        )
    locked = Execution.objects.select_for_update(of=("self",)).filter(before)
    rows = locked.filter(status__in=UNFINISHED).order_by("pk")
    return list(rows.values_list("pk", flat=True))


def _stream_of(plan: RealtimePlan) -> Stream:
    # A version that is no longer the current one runs on only because something pinned it; its
    # outputs must not mix with those of the current version.
    script = plan.version.script
    pinned = plan.version_id != script.current_version_id
    params = {**plan.params, "context.version": plan.version.version} if pinned else plan.params
    return publishing.stream_for(
        script, plan.instrument_key, plan.timeframe, params, product=plan.product
    )
