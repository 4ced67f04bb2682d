"""What the producers' streams hold, in PostgreSQL, in Redis and at a subscriber's."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.faults.signals import INSTRUMENTS
from tests.faults.topology import Topology

OUTPUTS = """
    SELECT s.key, o.seq, o.value FROM streams_output o
    JOIN streams_stream s ON s.id = o.stream_id ORDER BY s.key, o.seq
"""
COUNTERS = "SELECT key, seq FROM streams_stream"
Numbered = Mapping[str, list[tuple[int, str]]]  # by stream: each number with a signal's id


@dataclass(frozen=True)
class Published:
    """How one copy of the streams differs from what should be there; all 0: nowhere."""

    outputs: int
    missing: int
    repeated: int
    strangers: int
    misplaced: int
    out_of_order: int

    def is_whole(self) -> bool:
        """Tell whether each signal is there once, where it belongs, without a hole."""
        return not any(count for name, count in vars(self).items() if name != "outputs")


def stream_key(producer_id: str, instrument: str) -> str:
    """Return the key of the stream that a producer's signals for an instrument go to."""
    return f"producer:{producer_id}:{instrument}:default"


def stream_keys(producer_ids: Iterable[str]) -> list[str]:
    """Return the keys of all streams that a run's signals go to."""
    return [stream_key(one, instrument) for one in producer_ids for instrument in INSTRUMENTS]


def signal_id_of(value: Any) -> str:
    """Return the id of the signal that an output's value tells of."""
    return str(value["signal_id"])


def examine(streams: Numbered, *, belongs: Mapping[str, str]) -> Published:
    """Hold a copy of the streams against the keys that each signal's id belongs to."""
    found = Counter(signal_id for entries in streams.values() for _, signal_id in entries)
    return Published(
        outputs=found.total(),
        missing=len(belongs.keys() - found.keys()),
        repeated=sum(count - 1 for count in found.values()),
        strangers=len(found.keys() - belongs.keys()),
        misplaced=sum(
            belongs.get(signal_id, key) != key
            for key, entries in streams.items()
            for _, signal_id in entries
        ),
        out_of_order=sum(
            seq != place
            for entries in streams.values()
            for place, (seq, _) in enumerate(entries, start=1)
        ),
    )


def streams_in_postgres(topology: Topology) -> Numbered:
    """Return what the tables hold of all streams."""
    found: dict[str, list[tuple[int, str]]] = {}
    with topology.connect_to_postgres() as session:
        for key, seq, value in session.execute(OUTPUTS):
            found.setdefault(key, []).append((seq, signal_id_of(value)))
        counters: dict[str, int] = dict(session.execute(COUNTERS).fetchall())
    # A stream's counter is the number of its newest output: otherwise the next makes a hole.
    assert counters == {key: entries[-1][0] for key, entries in found.items()}
    return found


def streams_in_redis(topology: Topology, keys: Iterable[str]) -> Numbered:
    """Return what Redis holds of some streams."""
    client: Any = topology.connect_to_redis()
    try:
        return {key: [_entry(*entry) for entry in client.xrange(key)] for key in keys}
    finally:
        client.close()


def _entry(entry_id: str, fields: Mapping[str, str]) -> tuple[int, str]:
    return int(entry_id.partition("-")[0]), signal_id_of(json.loads(fields["value"]))
