"""Which of the event streams an instrument's events go to."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings

from common.hash_ring import Ring


def event_stream(shard: int) -> str:
    """Return the name of a shard's stream in Redis."""
    return f"market:events:{shard}"


def shard_of(instrument_key: str) -> int:
    """Return the shard that all events of an instrument go to, from 0 on."""
    return _shard_of(instrument_key, settings.MARKET_SHARDS)


def all_shards() -> range:
    """Return every shard there is."""
    return range(settings.MARKET_SHARDS)


@lru_cache(maxsize=100_000)
def _shard_of(instrument_key: str, shards: int) -> int:
    return int(_ring(shards).node_of(instrument_key))


@lru_cache
def _ring(shards: int) -> Ring:
    return Ring(str(shard) for shard in range(shards))
