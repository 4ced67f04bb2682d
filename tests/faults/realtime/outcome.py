"""What is to be said at the end of a realtime run, and the report that says it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.faults.publication import Numbered, Published, examine
from tests.faults.realtime.expected import (
    CLOSE,
    MINUTE,
    Bar,
    Prices,
    bars_of,
    closed,
    differences,
    lateness_of,
    said_by,
)
from tests.faults.realtime.run import Run, name_of
from tests.faults.realtime.ticks import Counts

RUNS = """
    SELECT st.key, e.instrument_key, e.bar_opened_at, e.status, e.outcome, e.attempts
    FROM execution_execution e JOIN streams_stream st ON st.id = e.stream_id
    WHERE e.plan_id IS NOT NULL
"""
OUTPUTS = """
    SELECT st.key, o.seq, o.timestamp, o.bar_opened_at, o.value
    FROM streams_output o JOIN streams_stream st ON st.id = o.stream_id ORDER BY st.key, o.seq
"""
BARS = """
    SELECT instrument_key, opened_at, open, high, low, close, volume FROM market_bar
    WHERE timeframe = '1m'
"""
TICKS = "SELECT instrument_key, event_id, at, price, size, flags FROM market_tick"
# What a worker says whose run was done by another meanwhile.
FENCED_OFF = "execution_fenced_off"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What was found when everything had come to rest."""

    seed: int
    counts: Counts
    stored_ticks: int
    flagged_ticks: int
    wrong_ticks: Mapping[str, int]
    bars: int
    wrong_bars: Mapping[str, int]
    executions: int
    wrong_executions: Mapping[str, int]
    foreign_bars: int
    in_postgres: Published
    in_redis: Published
    at_subscriber: Published
    gaps: int
    connections: int
    stalls: int
    dead_letters: int
    repeated_attempts: int
    fenced_off: int
    recoveries: list[tuple[str, float]] = field(default_factory=list)

    @property
    def is_exact(self) -> bool:
        """Tell whether exactly what follows from the sent ticks is there, once and in order."""
        copies = (self.in_postgres, self.in_redis, self.at_subscriber)
        wrong = (self.wrong_ticks, self.wrong_bars, self.wrong_executions)
        return (
            not any(count for counts in wrong for count in counts.values())
            and self.stored_ticks == self.counts.ticks
            and self.foreign_bars == self.gaps == self.dead_letters == 0
            and all(copy.is_whole() for copy in copies)
        )

    @property
    def longest_recovery(self) -> float:
        """Return the seconds after which all was well again, of the worst fault."""
        return max((seconds for _, seconds in self.recoveries), default=0.0)

    def report(self) -> str:
        """Return a table for people whose last line is JSON for programs."""
        facts = {
            **{name: value for name, value in vars(self).items() if not hasattr(value, "__dict__")},
            **{
                name: vars(value)
                for name, value in vars(self).items()
                if hasattr(value, "__dict__")
            },
            "longest_recovery": round(self.longest_recovery, 2),
        }
        lines = [
            f"{self.counts.ticks:,} ticks ({self.counts.duplicates:,} twice, {self.counts.swaps:,} "
            f"swapped), {len(self.recoveries)} faults, seed {self.seed}",
            f"  {'fault':44} seconds until every dependent spoke of a later bar",
            *(f"  {name:44} {seconds:6.2f}" for name, seconds in self.recoveries),
        ]
        lines += [
            f"  {name.replace('_', ' '):20} {value}"
            for name, value in facts.items()
            if name not in ("recoveries", "counts", "seed")
        ]
        return "\n".join([*lines, json.dumps(facts)])


def look_at(run: Run, *, seed: int, counts: Counts, logs: Iterable[Path]) -> Outcome:
    """Compare what was sent with ticks, bars, executions, streams and what the subscriber saw."""
    keys: dict[str, dict[str, str]] = run.topology.facts["keys"]
    with run.topology.connect_to_postgres() as session:
        runs = session.execute(RUNS).fetchall()
        outputs = session.execute(OUTPUTS).fetchall()
        ticks = session.execute(TICKS).fetchall()
        recorded = {(key, at): tuple(prices) for key, at, *prices in session.execute(BARS)}
        [(letters,)] = session.execute("SELECT count(*) FROM execution_deadletter").fetchall()
    flags = {name: tuple(found) for _, name, _, _, _, found in ticks if found}
    bars = closed(bars_of(run.ticks, late=flags), recorded)
    expected = {
        name_of(stream, opened_at + MINUTE): stream
        for of_script in keys.values()
        for instrument, opened_at in bars
        for stream in [of_script[instrument]]
    }
    return Outcome(
        seed=seed,
        counts=counts,
        stored_ticks=len(ticks),
        flagged_ticks=len(flags),
        wrong_ticks={
            **differences(said_by(run.ticks), {row[:2]: (row[2], row[3:5]) for row in ticks}),
            **lateness_of(run.ticks, run.feed.arrivals).differences(flags),
        },
        bars=len(recorded),
        wrong_bars=differences(bars, recorded),
        executions=len(runs),
        wrong_executions=_wrong_executions(runs, bars, keys),
        foreign_bars=_foreign_bars(outputs, bars, keys),
        in_postgres=examine(_by_stream(outputs), belongs=expected),
        in_redis=examine(_in_redis(run), belongs=expected),
        at_subscriber=examine(run.subscriber.seen, belongs=expected),
        gaps=run.subscriber.gaps,
        connections=run.subscriber.connections,
        stalls=run.stalls,
        dead_letters=letters,
        repeated_attempts=sum(max(0, row[5] - 1) for row in runs),
        fenced_off=sum(log.read_text().count(FENCED_OFF) for log in logs),
        recoveries=[(each.fault.value, round(each.seconds or -1, 2)) for each in run.happened],
    )


def _wrong_executions(
    runs: list[Any], bars: Collection[Bar], keys: dict[str, dict[str, str]]
) -> dict[str, int]:
    expected = {
        (of_script[instrument], opened_at)
        for of_script in keys.values()
        for instrument, opened_at in bars
    }
    found = Counter((key, opened_at) for key, _, opened_at, *_ in runs)
    return {
        "missing": len(expected - found.keys()),
        "strangers": len(found.keys() - expected),
        "repeated": sum(count - 1 for count in found.values()),
        "not_completed": sum(
            (status, outcome) != ("completed", "ok") for *_, status, outcome, _ in runs
        ),
    }


def _foreign_bars(outputs: list[Any], bars: Mapping[Bar, Prices], keys: Mapping[str, Any]) -> int:
    """Return how many outputs are not what their bar, or their dependency's of it, should say."""
    of_stream = {key: (name, instrument) for name in keys for instrument, key in keys[name].items()}
    factor = {"close": 1.0, "twice": 2.0}
    return sum(
        (instrument, opened_at) not in bars
        or value != factor[name] * bars[instrument, opened_at][CLOSE]
        for key, _, _, opened_at, value in outputs
        for name, instrument in [of_stream[key]]
    )


def _by_stream(outputs: list[Any]) -> Numbered:
    found: dict[str, list[tuple[int, str]]] = {}
    for key, seq, timestamp, *_ in outputs:
        found.setdefault(key, []).append((seq, name_of(key, timestamp)))
    return found


def _in_redis(run: Run) -> Numbered:
    client: Any = run.topology.connect_to_redis()
    try:
        return {key: list(_entries(client, key)) for key in run.subscriber.keys}
    finally:
        client.close()


def _entries(client: Any, key: str) -> Iterator[tuple[int, str]]:
    for entry_id, fields in client.xrange(key):
        at = datetime.fromisoformat(fields["timestamp"]).astimezone(UTC)
        yield int(entry_id.partition("-")[0]), name_of(key, at)
