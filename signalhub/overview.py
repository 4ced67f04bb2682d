"""What is running at the moment, in the few numbers that fit on one screen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from django.db.models import Aggregate, Count, Exists, F, FloatField, OuterRef, Q

from accounts.models import User
from common import row_scope
from execution.models import Execution, ExecutionStatus, RealtimePlan, Subscription
from market.models import ReplayFeed
from registry import product_access
from registry.lifecycle import VersionStatus
from registry.models import Script, ScriptVersion
from signalhub import health
from streams.models import Output

RECENT = timedelta(minutes=1)
SIGNALS_SHOWN = 7
SESSIONS_MISSED = 5  # a replay that is this many sessions late is not running
GRACE = timedelta(seconds=5)
OUTPUTS_SEARCHED = 600  # bounds the search for signals where they are rare
NAMES_OF_CHECKS = {
    "database": "PostgreSQL",
    "redis": "Redis",
    "object_store": "Object store",
    "queue": "Queue",
    "sandbox": "Sandbox",
    "load": "Load",
    "marketplace": "Marketplace",
}


@dataclass(frozen=True, kw_only=True)
class FeedState:
    """Where a replay is."""

    name: str
    session_date: date
    bars_per_second: float
    paused: bool
    finished: bool
    stalled: bool
    instruments: int
    timeframe: str


@dataclass(frozen=True, kw_only=True)
class RecentExecutions:
    """How the executions of the last minute went; the median is in milliseconds."""

    finished: int
    success_percent: float | None
    median_ms: float | None
    waiting: int


@dataclass(frozen=True, kw_only=True)
class ServiceState:
    """One part the platform stands on, and what it answered."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, kw_only=True)
class Overview:
    """The platform at one instant. Numbers only: it names nobody's script."""

    feed: FeedState | None
    scripts_published: int
    versions_in_review: int
    plans_live: int
    subscriptions: int
    executions: RecentExecutions
    services: list[ServiceState]


@dataclass(frozen=True, kw_only=True)
class RecentSignal:
    """An output with a side, of a script that the viewer may use."""

    side: str
    instrument_key: str
    script_id: str
    script_name: str
    bar_opened_at: datetime


class Median(Aggregate):
    """The middle of a column's values."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


@row_scope.for_the_platform
def overview(*, now: datetime) -> Overview:
    """Return the platform's numbers at an instant."""
    active = Subscription.objects.filter(ended_at=None)
    return Overview(
        feed=current_feed(now=now),
        scripts_published=Script.objects.exclude(current_version=None).count(),
        versions_in_review=ScriptVersion.objects.filter(status=VersionStatus.SUBMITTED).count(),
        plans_live=_live_plans(),
        subscriptions=active.count(),
        executions=recent_executions(now=now),
        services=service_states(),
    )


def current_feed(*, now: datetime) -> FeedState | None:
    """Return the replay that moved last, or None while there is none."""
    feed = ReplayFeed.objects.order_by("-updated_at").first()
    return None if feed is None else _feed_state(feed, now=now)


def feed_of(instrument_key: str, *, now: datetime) -> FeedState | None:
    """Return the replay that brings an instrument's bars; of several the one that moved last."""
    feeds = ReplayFeed.objects.order_by("-updated_at")
    found = next((feed for feed in feeds if instrument_key in feed.instruments), None)
    return None if found is None else _feed_state(found, now=now)


def _feed_state(feed: ReplayFeed, *, now: datetime) -> FeedState:
    late = GRACE + timedelta(seconds=SESSIONS_MISSED / feed.bars_per_second)
    is_meant_to_run = not feed.paused and feed.finished_at is None
    return FeedState(
        name=feed.name,
        # The bars of a day close at the next midnight.
        session_date=(feed.as_of - timedelta(microseconds=1)).date(),
        bars_per_second=feed.bars_per_second,
        paused=feed.paused,
        finished=feed.finished_at is not None,
        stalled=is_meant_to_run and now - feed.updated_at > late,
        instruments=len(feed.instruments),
        timeframe=feed.timeframe,
    )


def recent_executions(*, now: datetime) -> RecentExecutions:
    """Return how the executions of the last minute went, and how many wait."""
    numbers = Execution.objects.filter(finished_at__gt=now - RECENT).aggregate(
        finished=Count("pk"),
        completed=Count("pk", filter=Q(status=ExecutionStatus.COMPLETED)),
        median_ms=Median("duration_ms"),
    )
    finished = numbers["finished"]
    return RecentExecutions(
        finished=finished,
        success_percent=100 * numbers["completed"] / finished if finished else None,
        median_ms=numbers["median_ms"],
        waiting=Execution.objects.filter(status=ExecutionStatus.PENDING).count(),
    )


def service_states() -> list[ServiceState]:
    """Return what each part of the platform answers."""
    return [
        ServiceState(name=NAMES_OF_CHECKS[name], ok=check.ok, detail=check.detail)
        for name, check in health.report().items()
    ]


def newest_signals(user: User, *, at: datetime) -> list[RecentSignal]:
    """Return the newest signals of the scripts that a user may use at an instant."""
    own = product_access.scripts_in_own_right(user, at=at)
    standing = product_access.subscriptions_in_force(at=at).filter(user=user)
    outputs = (
        Output.objects.filter(
            Q(stream__script__in=own, stream__product=None)
            | Q(stream__product__in=standing.values("product"))
        )
        .select_related("stream__script")
        .order_by("-pk")[:OUTPUTS_SEARCHED]
    )
    signals = (output for output in outputs if output.metadata.get("side") in ("buy", "sell"))
    return [_signal(output) for output in islice(signals, SIGNALS_SHOWN)]


def _signal(output: Output) -> RecentSignal:
    script = output.stream.script
    if script is None:
        raise AssertionError(f"{output} was found through its script")
    return RecentSignal(
        side=output.metadata["side"],
        instrument_key=output.stream.instrument_key,
        script_id=str(script.pk),
        script_name=script.name,
        bar_opened_at=output.bar_opened_at or output.timestamp,
    )


def _live_plans() -> int:
    wanted = Subscription.objects.filter(
        ended_at=None,
        instrument_key=OuterRef("instrument_key"),
        timeframe=OuterRef("timeframe"),
    )
    current = RealtimePlan.objects.filter(version__script__current_version=F("version"))
    return current.filter(Exists(wanted)).count()
