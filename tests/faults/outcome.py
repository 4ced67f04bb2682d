"""What is to be said at the end of a fault run, and the report that says it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from tests.faults.ledger import Ledger, Verdict, compare
from tests.faults.plan import Fault
from tests.faults.publication import (
    Published,
    examine,
    stream_key,
    streams_in_postgres,
    streams_in_redis,
)
from tests.faults.run import Happened, Run, stored_rows


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What was found when everything had come to rest."""

    seed: int
    faults: int
    acknowledged: int
    rows: int
    attempts: Mapping[str, int]
    recoveries: Mapping[Fault, list[float]]
    verdict: Verdict
    in_postgres: Published
    in_redis: Published
    at_subscriber: Published
    gaps: int
    connections: int

    def as_json(self) -> dict[str, Any]:
        """Return all of it as numbers."""
        return {
            "seed": self.seed,
            "faults": self.faults,
            "signals": self.acknowledged,
            "attempts": dict(self.attempts),
            "recoveries": {
                fault.value: {
                    "times": len(seconds),
                    "median_seconds": round(median(seconds), 2),
                    "longest_seconds": round(max(seconds), 2),
                }
                for fault, seconds in self.recoveries.items()
            },
            "table": {"rows": self.rows, **self.verdict.counts()},
            "postgres": vars(self.in_postgres),
            "redis": vars(self.in_redis),
            "subscriber": {
                **vars(self.at_subscriber),
                "gaps": self.gaps,
                "connections": self.connections,
            },
        }

    def report(self) -> str:
        """Return a table for people whose last line is JSON for programs."""
        facts = self.as_json()
        lines = [
            f"{self.acknowledged:,} signals, {self.faults} faults, seed {self.seed}",
            f"  {'fault':40} times   seconds until a later signal was read: median, longest",
        ]
        for name, each in facts["recoveries"].items():
            usual, longest = each["median_seconds"], each["longest_seconds"]
            lines.append(f"  {name:40} {each['times']:5} {usual:>10.2f} {longest:>8.2f}")
        for name in ("attempts", "table", "postgres", "redis", "subscriber"):
            told = ", ".join(f"{count:,} {_words(what)}" for what, count in facts[name].items())
            lines.append(f"  {name + ':':12}{told}")
        return "\n".join([*lines, json.dumps(facts)])


def look_at(run: Run, *, seed: int) -> Outcome:
    """Compare the ledger, the table, the streams and what the subscriber saw."""
    ledger, subscriber = run.senders.ledger, run.subscriber
    stored = stored_rows(run.topology)
    sender_of = {request.mac_digest: request.producer_id for request in ledger.requests}
    belongs = {
        signal_id: stream_key(sender_of[digest], row.instrument)
        for signal_id, digest, row in stored
        if digest in sender_of
    }
    return Outcome(
        seed=seed,
        faults=len(run.happened),
        acknowledged=ledger.acknowledged,
        rows=len(stored),
        attempts=dict(ledger.outcomes.most_common()),
        recoveries=recoveries(run.happened, ledger, subscriber.first_seen_at),
        verdict=compare(ledger, stored),
        in_postgres=examine(streams_in_postgres(run.topology), belongs=belongs),
        in_redis=examine(streams_in_redis(run.topology, subscriber.keys), belongs=belongs),
        at_subscriber=examine(subscriber.seen, belongs=belongs),
        gaps=subscriber.gaps,
        connections=subscriber.connections,
    )


def recoveries(
    happened: Iterable[Happened], ledger: Ledger, read_at: Mapping[str, float]
) -> dict[Fault, list[float]]:
    """Return, by kind of fault, after how long a signal signed later had reached its reader."""
    found: dict[Fault, list[float]] = {}
    for each in happened:
        arrivals = (
            read_at[request.signal_id]
            for request in ledger.requests
            if request.signed_at > each.at and request.told and request.signal_id in read_at
        )
        found.setdefault(each.fault, []).append(min(arrivals, default=float("inf")) - each.at)
    return found


def _words(name: str) -> str:
    return name.replace("_", " ")
