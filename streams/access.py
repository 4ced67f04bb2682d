"""Which streams somebody may read. Decided from the stream's row, never from its key."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from registry import access
from streams.models import Stream

Pair = tuple[int, UUID]


@dataclass(frozen=True, slots=True)
class ReadableStream:
    """A stream that its reader may read, as it stood when that was decided."""

    id: int
    key: str
    epoch: str
    seq: int
    script_id: UUID | None


def readable_streams(
    user_id: int, keys: Sequence[str], *, at: datetime
) -> dict[str, ReadableStream]:
    """Return, by key, those of the named streams that exist and that a user may read.

    A script's stream is for those who may use the script; one without a script is its owner's.
    """
    found = list(Stream.objects.filter(key__in=keys))
    usable = access.pairs_in_force(
        {(user_id, stream.script_id) for stream in found if stream.script_id}, at=at
    )
    return {
        stream.key: ReadableStream(
            stream.pk, stream.key, stream.epoch, stream.seq, stream.script_id
        )
        for stream in found
        if (user_id, stream.script_id) in usable
        or (stream.script_id is None and stream.owner_id == user_id)
    }


def ended_pairs(pairs: Collection[Pair], *, at: datetime) -> set[Pair]:
    """Return, with one query, those of some (user, script) pairs whose right has ended."""
    return set(pairs) - access.pairs_in_force(pairs, at=at)


def newest_numbers(stream_ids: Collection[int]) -> dict[int, int]:
    """Return the newest number of each of some streams, with one query."""
    return dict(Stream.objects.filter(pk__in=stream_ids, seq__gt=0).values_list("pk", "seq"))
