"""Record ticks: each once, judged, kept whatever is wrong with it, and announced when it counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction

from common.errors import InvalidInput
from market.announcements import announce_ticks
from market.models import Instrument
from market.queries import unknown_instrument
from market.services.rolling import grace, roll_ticks
from market.services.tick_feeds import (
    ACCEPTED,
    DUPLICATE,
    count_findings,
    open_bars_of,
    save_standings,
    standings_of,
)
from market.shared_clock import not_ahead
from market.tick_checks import Flag, TickRules, Verdict, judge
from market.tick_rows import (
    Key,
    insert_ticks,
    is_named_apart,
    name_ticks,
    named_apart,
    says_the_same,
    stored_ticks,
)
from market.ticks import NewTick, problems_of

PROBLEMS_SHOWN = 20  # enough to see a pattern


class TickRefused(InvalidInput):
    """A tick cannot be kept as it is; correct what the message names and send it again."""

    code = "tick_refused"


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one tick of a call."""

    is_duplicate: bool = False
    flags: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def counts(self) -> bool:
        """Tell whether the tick is new and bars may be made of it."""
        return not self.is_duplicate and not self.flags


@dataclass(frozen=True, slots=True)
class RecordedTicks:
    """What became of the ticks of a call, in their order."""

    findings: tuple[Finding, ...] = ()

    @property
    def accepted(self) -> int:
        """Return how many are new and count."""
        return sum(finding.counts for finding in self.findings)

    @property
    def duplicates(self) -> int:
        """Return how many were recorded before with the same numbers."""
        return sum(finding.is_duplicate for finding in self.findings)

    @property
    def flagged(self) -> dict[str, int]:
        """Return how many were kept with each flag, and so count for no bar."""
        return dict(Counter(flag for finding in self.findings for flag in finding.flags))

    @property
    def remarked(self) -> dict[str, int]:
        """Return how many have each remark."""
        return dict(Counter(name for finding in self.findings for name in finding.remarks))


@transaction.atomic
def record_ticks(
    ticks: Sequence[NewTick], *, now: datetime, is_history: bool = False
) -> RecordedTicks:
    """Record ticks, make bars of those that count, and announce these after commit.

    Of history nothing is announced, and bars that are made of nothing else are history too.
    A tick sent again is counted and left; sent again with another time or other numbers it is kept
    and flagged. All or none: a tick that cannot be kept refuses the call. A ``now`` that is ahead
    of PostgreSQL's clock is not believed.

    Raises
    ------
    TickRefused
        Naming the row, counted from 1, and the field.
    UnknownInstrument
        A tick's instrument is not known.
    """
    refuse_malformed(ticks)
    if not ticks:
        return RecordedTicks()
    now = not_ahead(now)
    _lock_instruments({tick.instrument_key for tick in ticks})
    named = _named(ticks)
    verdicts = _judged([tick for tick, is_new in named if is_new], now=now)
    insert_ticks(verdicts, now=now, is_history=is_history)
    findings = tuple(
        _finding(verdicts[tick]) if is_new else Finding(is_duplicate=True) for tick, is_new in named
    )
    count_findings(_counted(ticks, findings), now=now)
    counting = [tick for tick, verdict in verdicts.items() if not verdict.flags]
    if counting:
        roll_ticks(counting, now=now)
        if not is_history:
            transaction.on_commit(partial(announce_ticks, counting))
    return RecordedTicks(findings)


def refuse_malformed(ticks: Sequence[NewTick]) -> None:
    """Raise TickRefused, naming rows and fields, unless every tick can be kept."""
    problems = [
        {"field": f"ticks.{row}.{field}", "message": f"row {row}: {field} {what}"}
        for row, tick in enumerate(ticks, start=1)
        for field, what in problems_of(tick)
    ]
    if problems:
        raise TickRefused(
            f"Nothing was recorded: {problems[0]['message']}.",
            field=problems[0]["field"],
            errors=problems[:PROBLEMS_SHOWN],
            error_count=len(problems),
        )


# One call at a time records ticks of an instrument: what a tick is compared with does not move
# under it, and copies of one batch follow each other. In the order of keys nobody waits in a ring.
def _lock_instruments(keys: set[str]) -> None:
    rows = Instrument.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True)
    known = set(rows.values_list("pk", flat=True))
    for key in sorted(keys - known):
        raise unknown_instrument(key)


# Each tick with whether it is new; a changed repetition goes by a name of its own.
def _named(ticks: Sequence[NewTick]) -> list[tuple[NewTick, bool]]:
    first: dict[Key, NewTick] = {}
    for tick in ticks:
        first.setdefault(tick.key, tick)
    new = name_ticks(list(first.values()))
    recorded = {**first, **stored_ticks(first.keys() - new)}
    told = [
        tick if says_the_same(tick, recorded[tick.key]) else named_apart(tick) for tick in ticks
    ]
    changed = {tick.key: tick for tick in told if tick.key not in recorded}
    unused = new | name_ticks(list(changed.values()))
    named = []
    for tick in told:
        named.append((tick, tick.key in unused))
        unused.discard(tick.key)
    return named


def _judged(ticks: Sequence[NewTick], *, now: datetime) -> dict[NewTick, Verdict]:
    feeds = {(tick.instrument_key, tick.source) for tick in ticks}
    standings = standings_of(feeds)
    bars = open_bars_of({instrument for instrument, _ in feeds})
    rules = _rules()
    verdicts = {}
    for tick in ticks:
        feed = tick.instrument_key, tick.source
        if is_named_apart(tick):
            verdicts[tick] = Verdict((Flag.CHANGED,))
        else:
            verdicts[tick] = judge(
                tick, standing=standings[feed], bar=bars[feed[0]], now=now, rules=rules
            )
    save_standings(standings, now=now)
    return verdicts


def _rules() -> TickRules:
    return TickRules(
        outlier_factor=settings.TICK_OUTLIER_FACTOR,
        outliers_believed=settings.TICK_OUTLIERS_BELIEVED,
        future_skew=timedelta(seconds=settings.TICK_FUTURE_SKEW_SECONDS),
        grace=grace(),
    )


def _finding(verdict: Verdict) -> Finding:
    return Finding(flags=verdict.flags, remarks=verdict.remarks)


def _counted(
    ticks: Sequence[NewTick], findings: Sequence[Finding]
) -> Counter[tuple[str, str, str]]:
    counted: Counter[tuple[str, str, str]] = Counter()
    for tick, finding in zip(ticks, findings, strict=True):
        names = [DUPLICATE] if finding.is_duplicate else [*finding.flags, *finding.remarks]
        if finding.counts:
            names.append(ACCEPTED)
        for name in names:
            counted[tick.instrument_key, tick.source, name] += 1
    return counted
