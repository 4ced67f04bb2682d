"""What a plan has not run for yet, of what its trigger speaks of: bars, ticks, or instants."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from execution.models import RealtimePlan, Trigger
from execution.scheduling.schedules import Schedule
from market import due_bars, known_ticks

BARS_AT_ONCE = 50  # a plan that fell behind catches up in steps, so that others get their turn
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class Due:
    """One run that a plan lacks.

    Parameters
    ----------
    due_at
        What names it among the plan's runs.
    as_of
        The run's clock: of a bar, when it closed; of one that came late, when it came.
    told
        What the script is told of the occasion, in its context.
    coalesced, missed
        How many ticks, or instants and bars that came too late, before it are not run for.
    """

    due_at: datetime
    as_of: datetime
    bar_opened_at: datetime | None = None
    told: dict[str, Any] = field(default_factory=dict)
    confirmed: bool = True
    coalesced: int = 0
    missed: int = 0

    @property
    def stands_for(self) -> int:
        """Return how many bars, ticks or instants it is the answer to."""
        return 1 + self.coalesced + self.missed


def horizon(instrument_key: str, timeframe: str, trigger: str, *, now: datetime) -> datetime | None:
    """Return the newest that there is to run for; None when there has been nothing yet."""
    if trigger == Trigger.TICK:
        return known_ticks.newest_tick_at(instrument_key, as_of=now)
    if trigger == Trigger.SCHEDULE:
        return now
    return newest_bar(instrument_key, timeframe)


def horizons(
    wanted: Iterable[tuple[str, str, str]], *, now: datetime
) -> dict[tuple[str, str, str], datetime]:
    """Return the same of many (instrument, timeframe, trigger) at once; those without lack.

    A scheduled instant is a whole minute, so that much of the clock is enough here.
    """
    asked = list(wanted)
    bars = due_bars.newest_bars({(k, t) for k, t, trigger in asked if trigger == Trigger.BAR})
    ticks = known_ticks.newest_ticks_at(
        {k for k, _, trigger in asked if trigger == Trigger.TICK}, as_of=now
    )
    found: dict[tuple[str, str, str], datetime | None] = {
        (key, timeframe, trigger): now.replace(second=0, microsecond=0)
        if trigger == Trigger.SCHEDULE
        else ticks.get(key)
        if trigger == Trigger.TICK
        else bars.get((key, timeframe))
        for key, timeframe, trigger in asked
    }
    return {one: newest for one, newest in found.items() if newest is not None}


def last_bars(instrument_key: str, timeframe: str, *, now: datetime) -> list[Due]:
    """Return the newest two closed bars of a market as what plans run for, the newest first."""
    bars = due_bars.last_bars(instrument_key, timeframe, as_of=now, limit=2)
    return [_due_for_bar(bar) for bar in bars]


def newest_bar(instrument_key: str, timeframe: str) -> datetime | None:
    """Return when the newest closed bar of a market opened, history aside, or None without any."""
    market = instrument_key, timeframe
    return due_bars.newest_bars([market]).get(market)


def beginning(plan: RealtimePlan, *, since: datetime, now: datetime) -> datetime | None:
    """Return where a plan begins that is waited for since an instant; what lies before is past.

    It runs for the newest bar or tick there is, so that its first output does not wait for the
    next; by a schedule it runs at the first instant after it was asked for.
    """
    if plan.trigger == Trigger.SCHEDULE:
        return since
    newest = horizon(plan.instrument_key, plan.timeframe, plan.trigger, now=now)
    return newest - _INSTANT if newest else None


def may_lack(plan: RealtimePlan, *, until: datetime) -> bool:
    """Tell from a plan as it was read whether it may lack anything by an instant.

    One with a schedule lacks nothing before the schedule's next instant: it need not be locked to
    find that out.
    """
    if plan.done_until is None:
        return True
    if plan.trigger == Trigger.SCHEDULE:
        return _comes_by(plan.schedule, plan.done_until, until)
    return plan.done_until < until


def due_for(
    plan: RealtimePlan,
    *,
    after: datetime | None,
    until: datetime,
    room: int,
    among: Collection[datetime] | None,
    now: datetime,
) -> list[Due]:
    """Return what a plan lacks after one instant and by another, oldest first.

    Parameters
    ----------
    room
        How many ticks are run for one by one; when more have come, only the newest is.
    among
        What its dependencies ran for; None when it has none. Nothing else is run for.
    """
    if plan.trigger == Trigger.TICK:
        return _ticks(plan, after=after, until=until, room=room, among=among)
    if plan.trigger == Trigger.SCHEDULE:
        return _instants(plan, after=after or until, until=until, among=among)
    return _bars(plan, after=after, until=until, now=now)


def _bars(
    plan: RealtimePlan, *, after: datetime | None, until: datetime, now: datetime
) -> list[Due]:
    bars = due_bars.bars_after(
        plan.instrument_key, plan.timeframe, after=after, as_of=now, limit=BARS_AT_ONCE
    )
    return [_due_for_bar(bar) for bar in bars if bar.opened_at <= until]


def _due_for_bar(bar: due_bars.DueBar) -> Due:
    return Due(
        due_at=bar.opened_at,
        as_of=bar.known_at,
        bar_opened_at=bar.opened_at,
        missed=bar.overtaken,
    )


def _comes_by(schedule: str, after: datetime, until: datetime) -> bool:
    coming = _next_instant(schedule, after)
    return coming is not None and coming <= until


@lru_cache(maxsize=20_000)  # a plan is asked many times before it moves on
def _next_instant(schedule: str, after: datetime) -> datetime | None:
    return next(iter(Schedule.read(schedule).coming(1, after=after)), None)


def _instants(
    plan: RealtimePlan, *, after: datetime, until: datetime, among: Collection[datetime] | None
) -> list[Due]:
    passed = Schedule.read(plan.schedule).passed(after=after, until=until)
    if passed is None or (among is not None and passed.latest not in among):
        return []
    told = {"trigger": Trigger.SCHEDULE.value, "scheduled_at": passed.latest.isoformat()}
    return [Due(due_at=passed.latest, as_of=passed.latest, told=told, missed=passed.earlier)]


def _ticks(
    plan: RealtimePlan,
    *,
    after: datetime | None,
    until: datetime,
    room: int,
    among: Collection[datetime] | None,
) -> list[Due]:
    key = plan.instrument_key
    if among is not None:
        instants = sorted(at for at in among if at <= until and (after is None or at > after))
    else:
        instants = known_ticks.instants_of_ticks(
            key, after=after, until=until, at_most=max(room, 1) + 1
        )
    if len(instants) > max(room, 1):
        instants = [instants[-1] if among is not None else until]
    found = []
    for at in instants:
        came = known_ticks.count_ticks(key, after=after, until=at)
        found.append(
            Due(
                due_at=at,
                as_of=at,
                told=_told_of_tick(plan, at),
                confirmed=False,
                coalesced=max(came - 1, 0),
            )
        )
        after = at
    return found


def _told_of_tick(plan: RealtimePlan, at: datetime) -> dict[str, Any]:
    tick = known_ticks.tick_at(plan.instrument_key, at)
    forming = known_ticks.forming_bar(plan.instrument_key, plan.timeframe, at=at)
    names = ("price", "size", "bid", "ask")
    said = {name: getattr(tick, name) if tick else None for name in names}
    bar = asdict(forming) if forming else None
    if bar is not None:
        bar["opened_at"] = bar["opened_at"].isoformat()
    return {
        "trigger": Trigger.TICK.value,
        "tick": {**said, "at": at.isoformat()},
        "forming_bar": bar,
    }
