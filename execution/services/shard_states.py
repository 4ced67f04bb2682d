"""Who looks after which shard of the market's events, and what lies unread in each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from common.hash_ring import Ring
from execution import queue
from execution.market_events import GROUP
from execution.membership import MEMBERS
from market.shards import all_shards, event_stream


@dataclass(frozen=True, kw_only=True)
class ShardState:
    """One shard: its owner, events that nobody has read, and those read and not acknowledged."""

    shard: int
    owner: str  # empty: nobody shows a sign of life
    unread: int
    in_hand: int
    last_event_at: datetime | None


def shard_states() -> list[ShardState]:
    """Return how every shard stands, by its number."""
    with queue.connect() as client:
        seconds, microseconds = client.time()
        oldest = seconds + microseconds / 1e6 - settings.REALTIME_MEMBER_SECONDS
        members = [str(name) for name in client.zrangebyscore(MEMBERS, oldest, "+inf")]
        pipeline = client.pipeline(transaction=False)
        for shard in all_shards():
            pipeline.xinfo_groups(event_stream(shard))
            pipeline.xrevrange(event_stream(shard), count=1)
        found = pipeline.execute(raise_on_error=False)
    ring = Ring(members) if members else None
    return [
        _state(shard, ring.node_of(f"shard-{shard}") if ring else "", *found[2 * at : 2 * at + 2])
        for at, shard in enumerate(all_shards())
    ]


def _state(shard: int, owner: str, groups: Any, newest: Any) -> ShardState:
    # A shard to which nothing was ever written has no stream, and Redis says so with an error.
    known = groups if isinstance(groups, list) else []
    group = next((row for row in known if row["name"] == GROUP), None)
    entries = newest if isinstance(newest, list) else []
    last_at = None
    if entries:
        milliseconds = int(str(entries[0][0]).partition("-")[0])
        last_at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return ShardState(
        shard=shard,
        owner=owner,
        unread=int(group["lag"] or 0) if group else 0,
        in_hand=int(group["pending"]) if group else 0,
        last_event_at=last_at,
    )
