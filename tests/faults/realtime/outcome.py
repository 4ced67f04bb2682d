"""What is to be said at the end of a realtime run, and the report that says it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.faults.publication import Numbered, Published, examine
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
MINUTES_OF_TICKS = """
    SELECT DISTINCT instrument_key, date_trunc('minute', at) FROM market_tick WHERE flags = '{}'
"""
CLOSES = "SELECT instrument_key, opened_at, close FROM market_bar WHERE timeframe = '1m'"
TOLD = "SELECT count(*), count(*) FILTER (WHERE flags <> '{}') FROM market_tick"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What was found when everything had come to rest."""

    seed: int
    counts: Counts
    stored_ticks: int
    flagged_ticks: int
    bars: int
    bars_without_ticks: int
    ticks_without_bars: int
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
    recoveries: list[tuple[str, float]] = field(default_factory=list)

    @property
    def is_exact(self) -> bool:
        """Tell whether exactly the expected runs and outputs are there, once and in order."""
        copies = (self.in_postgres, self.in_redis, self.at_subscriber)
        return (
            not any(self.wrong_executions.values())
            and self.foreign_bars == self.gaps == self.dead_letters == 0
            and self.bars_without_ticks == self.ticks_without_bars == 0
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


def look_at(run: Run, *, seed: int, counts: Counts) -> Outcome:
    """Compare ticks, bars, executions, streams and what the subscriber saw."""
    keys: dict[str, dict[str, str]] = run.topology.facts["keys"]
    bars = run.expected_bars()
    expected = {
        name_of(stream, closes_at): stream
        for of_script in keys.values()
        for instrument, _, closes_at in bars
        for stream in [of_script[instrument]]
    }
    with run.topology.connect_to_postgres() as session:
        runs = session.execute(RUNS).fetchall()
        outputs = session.execute(OUTPUTS).fetchall()
        minutes = set(session.execute(MINUTES_OF_TICKS).fetchall())
        closes = {(key, at): close for key, at, close in session.execute(CLOSES)}
        stored, flagged = session.execute(TOLD).fetchone() or (0, 0)
        [(letters,)] = session.execute("SELECT count(*) FROM execution_deadletter").fetchall()
    without_ticks, without_bars = _bars_and_ticks(bars, minutes)
    return Outcome(
        seed=seed,
        counts=counts,
        stored_ticks=stored,
        flagged_ticks=flagged,
        bars=len(bars),
        bars_without_ticks=without_ticks,
        ticks_without_bars=without_bars,
        executions=len(runs),
        wrong_executions=_wrong_executions(runs, bars, keys),
        foreign_bars=_foreign_bars(outputs, closes, keys),
        in_postgres=examine(_by_stream(outputs), belongs=expected),
        in_redis=examine(_in_redis(run), belongs=expected),
        at_subscriber=examine(run.subscriber.seen, belongs=expected),
        gaps=run.subscriber.gaps,
        connections=run.subscriber.connections,
        stalls=run.stalls,
        dead_letters=letters,
        repeated_attempts=sum(max(0, row[5] - 1) for row in runs),
        recoveries=[(each.fault.value, round(each.seconds or -1, 2)) for each in run.happened],
    )


def _bars_and_ticks(
    bars: list[tuple[str, datetime, datetime]], minutes: set[tuple[str, datetime]]
) -> tuple[int, int]:
    """Return how many bars no tick made, and how many closed minutes of ticks made no bar."""
    made = {(key, opened_at) for key, opened_at, _ in bars}
    first = min(opened_at for _, opened_at in made)  # recorded before the first tick
    newest = {key: opened_at for key, opened_at, _ in bars}  # in order, so the last one stays
    closed = {(key, minute) for key, minute in minutes if minute <= newest[key]}
    return len({bar for bar in made if bar[1] > first} - minutes), len(closed - made)


def _wrong_executions(
    runs: list[Any], bars: list[tuple[str, datetime, datetime]], keys: dict[str, dict[str, str]]
) -> dict[str, int]:
    expected = {
        (of_script[instrument], opened_at)
        for of_script in keys.values()
        for instrument, opened_at, _ in bars
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


def _foreign_bars(
    outputs: list[Any], closes: Mapping[tuple[str, datetime], float], keys: Mapping[str, Any]
) -> int:
    """Return how many outputs are not what their bar, or their dependency's of it, says."""
    of_stream = {key: (name, instrument) for name in keys for instrument, key in keys[name].items()}
    factor = {"close": 1.0, "twice": 2.0}
    return sum(
        value != factor[name] * closes[instrument, opened_at]
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
