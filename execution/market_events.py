"""The streams of market events, as the members of one consumer group read them.

An event is delivered to one member and stays that member's until it says that it is done. What a
member holds for too long, because it died or stands still, is claimed by whoever owns the shard.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import redis
import structlog
from redis.exceptions import ResponseError

from market.announcements import URGENCY, EventKind
from market.shards import event_stream

GROUP = "realtime"
READ_AT_ONCE = 200
CLAIMED_AT_ONCE = 5  # of one shard: what another could not do is taken over in small pieces
HELD_TOO_LONG_SECONDS = 5.0
T = TypeVar("T")
log = structlog.get_logger(__name__)


@dataclass(frozen=True, eq=False)
class MarketEvent:
    """One entry of a stream; ``deliveries`` counts this one."""

    shard: int
    id: str
    fields: dict[str, str]
    deliveries: int = 1

    @property
    def urgency(self) -> int:
        """Return 4 for what is most urgent, down to 1."""
        try:
            return URGENCY[EventKind(self.fields.get("kind", ""))]
        except ValueError:
            return 1


class EventReader:
    """Reads, claims and acknowledges for one member."""

    def __init__(self, client: redis.Redis, member: str) -> None:
        self._client: Any = client
        self._member = member

    def read(self, shards: Collection[int], *, seconds: float) -> list[MarketEvent]:
        """Return new events of some shards, the most urgent first; wait for one if need be."""
        streams = {event_stream(shard): ">" for shard in sorted(shards)}
        shard_of = {event_stream(shard): shard for shard in shards}
        answers = self._with_groups(
            shards,
            lambda: self._client.xreadgroup(
                GROUP, self._member, streams, count=READ_AT_ONCE, block=max(1, int(seconds * 1000))
            ),
        )
        return _by_urgency(
            MarketEvent(shard_of[name], entry_id, fields)
            for name, entries in answers or []
            for entry_id, fields in entries
        )

    def claim(self, shards: Collection[int]) -> list[MarketEvent]:
        """Take over what members have held for too long, in small batches."""
        idle = int(HELD_TOO_LONG_SECONDS * 1000)
        ordered = sorted(shards)

        def ask() -> list[Any]:
            with self._client.pipeline(transaction=False) as pipeline:
                for shard in ordered:
                    pipeline.xautoclaim(
                        event_stream(shard), GROUP, self._member, idle, count=CLAIMED_AT_ONCE
                    )
                answers: list[Any] = pipeline.execute()
            return answers

        claimed = self._with_groups(shards, ask) or []
        return _by_urgency(
            event
            for shard, (_, entries, *_) in zip(ordered, claimed, strict=False)
            for event in self._counted(shard, entries)
        )

    def acknowledge(self, events: Sequence[MarketEvent]) -> None:
        """Say that some events are done: nobody gets them any more."""
        by_shard: dict[int, list[str]] = {}
        for event in events:
            by_shard.setdefault(event.shard, []).append(event.id)
        with self._client.pipeline(transaction=False) as pipeline:
            for shard, ids in by_shard.items():
                pipeline.xack(event_stream(shard), GROUP, *ids)
            pipeline.execute()

    def _counted(self, shard: int, entries: Sequence[Any]) -> list[MarketEvent]:
        # A claimed entry without fields was trimmed away from its stream: the table has its bar.
        found = [(entry_id, fields) for entry_id, fields in entries if fields]
        if not found:
            return []
        pending = self._client.xpending_range(
            event_stream(shard),
            GROUP,
            min=found[0][0],
            max=found[-1][0],
            count=READ_AT_ONCE,
            consumername=self._member,
        )
        deliveries = {each["message_id"]: int(each["times_delivered"]) for each in pending}
        log.info("events_claimed", shard=shard, events=len(found))
        return [
            MarketEvent(shard, entry_id, fields, deliveries.get(entry_id, 1))
            for entry_id, fields in found
        ]

    def _with_groups(self, shards: Collection[int], ask: Callable[[], T]) -> T | None:
        # A Redis that was emptied has forgotten the group; it begins with the oldest event there.
        try:
            return ask()
        except ResponseError as error:
            if "NOGROUP" not in str(error):
                raise
        for shard in shards:
            self._make_group(shard)
        return None

    def _make_group(self, shard: int) -> None:
        try:
            self._client.xgroup_create(event_stream(shard), GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise


def _by_urgency(events: Any) -> list[MarketEvent]:
    return sorted(events, key=lambda event: -event.urgency)
