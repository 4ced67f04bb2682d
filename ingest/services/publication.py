"""Publish accepted signals to the streams of their producers: none is lost, none comes twice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import connection, transaction

from common.canonical import digest
from ingest.models import Producer, Side, Signal
from streams import keys
from streams.models import Stream
from streams.publishing import NewOutput, publish_outputs

BATCH_SIGNALS = 500
# The lock lets a second publisher wait for the first one's commit, so the order stays.
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('ingest_publication', 0))"
TAKE = """
DELETE FROM ingest_unpublishedsignal WHERE position IN (
    SELECT position FROM ingest_unpublishedsignal ORDER BY position LIMIT %s
)
RETURNING position, signal_id
"""


@transaction.atomic
def publish_signals(*, now: datetime) -> int:
    """Publish what waits, up to a batch, in the order of acceptance; return how much that was.

    To be published and to wait no longer is one commit: whatever ends a process before it leaves
    both as they were. Two requests at once may commit in another order than they were numbered in;
    then the one that is seen first is published first.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
        cursor.execute(TAKE, [BATCH_SIGNALS])
        taken = [signal_id for _, signal_id in sorted(cursor.fetchall())]
    if not taken:
        return 0
    found = Signal.objects.select_related("producer").in_bulk(taken)
    by_stream = sorted((found[signal_id] for signal_id in taken), key=_stream_name)
    for _, signals in groupby(by_stream, key=_stream_name):
        _publish(list(signals), now=now)
    return len(taken)


def stream_of(producer: Producer, instrument: str) -> Stream:
    """Return the stream of a producer's signals on an instrument, made on first use."""
    key = keys.make(keys.ProducerKey(producer.producer_id, instrument))
    stream = Stream.objects.filter(key=key).first()
    if stream is None:
        new = Stream(
            key=key,
            tenant_id=producer.tenant_id,
            instrument_key=instrument,
            params_sha256=digest({}),
        )
        Stream.objects.bulk_create([new], ignore_conflicts=True)
        stream = Stream.objects.get(key=key)
    return stream


def _publish(signals: Iterable[Signal], *, now: datetime) -> None:
    first, *_ = signals = list(signals)
    assert first.producer is not None  # the trigger lets no other wait
    outputs = [NewOutput(value=_value_of(signal), timestamp=signal.time) for signal in signals]
    publish_outputs(stream_of(first.producer, first.instrument), outputs, now=now)


def _value_of(signal: Signal) -> dict[str, Any]:
    return {
        "signal_id": str(signal.pk),
        "instrument": signal.instrument,
        "side": Side(signal.side).label,
        "time": signal.time.isoformat(),
        "payload": signal.payload,
        "version": signal.version,
    }


# In one order for every batch, so that batches never wait for each other's streams in a circle.
# The sort is stable: within a stream the order of acceptance stays.
def _stream_name(signal: Signal) -> tuple[int, str]:
    assert signal.producer_id is not None
    return signal.producer_id, signal.instrument
