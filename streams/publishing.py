"""Publish outputs: the next numbers and the rows in the caller's transaction, then a notice."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from common.canonical import digest
from common.clock import utc_now
from common.errors import InvalidInput
from registry.models import Product, Script
from streams import keys
from streams.appending import CHANNEL, NewOutput, append
from streams.indicators import USUAL, complete_params
from streams.models import Output, Stream

__all__ = [
    "CHANNEL",
    "NewOutput",
    "RunOutputs",
    "StreamKeyTooLong",
    "make_common_streams",
    "make_public_streams",
    "publish_outputs",
    "publish_runs",
    "publish_to_each",
    "stream_for",
    "timeframe_of",
]
DEFAULT_TIMEFRAME = "1d"
KEY_MAX_BYTES = 2000  # an index row of PostgreSQL holds no more than about 2,700
# A stream of another timeframe than its script's own names it in its key, under the first of
# these names that no param has taken.
TIMEFRAME_NAMES = ("timeframe", "context.timeframe")


class StreamKeyTooLong(InvalidInput):
    """The params are too long for a stream key; pass fewer or shorter ones."""

    code = "stream_key_too_long"


def stream_for(
    script: Script,
    instrument_key: str,
    timeframe: str,
    params: Mapping[str, Any],
    *,
    product: Product | None = None,
) -> Stream:
    """Return the stream of a script's outputs for an instrument, timeframe and params.

    What is computed for a product's subscribers has streams of its own. A stream is made on first
    use; of two that make it at once, both get the same.

    Raises
    ------
    StreamKeyTooLong, streams.keys.ParamNotInKey
        The params do not fit into a key.
    """
    params_sha256 = digest(dict(params))
    same = Stream.objects.filter(
        script=script,
        product=product,
        instrument_key=instrument_key,
        timeframe=timeframe,
        params_sha256=params_sha256,
    )
    stream = same.first()
    for key in _possible_keys(script, product, instrument_key, timeframe, params):
        if stream is not None:
            break
        new = Stream(
            key=key,
            script=script,
            product=product,
            owner_id=script.owner_id,
            instrument_key=instrument_key,
            timeframe=timeframe,
            params=dict(params),
            params_sha256=params_sha256,
        )
        # Nothing is inserted when the key is another stream's: then the next spelling is tried.
        Stream.objects.bulk_create([new], ignore_conflicts=True)
        stream = same.first()
    if stream is None:
        raise StreamKeyTooLong("The params take every name that a stream key has for a timeframe.")
    return stream


def publish_outputs(
    stream: Stream,
    outputs: Sequence[NewOutput],
    *,
    execution_id: UUID | None = None,
    subscription_id: UUID | None = None,
    bar_opened_at: datetime | None = None,
    as_of: datetime | None = None,
    tolerance: Mapping[str, Any] | None = None,
    confirmed: bool = True,
    now: datetime | None = None,
) -> list[Output]:
    """Append outputs to a stream in the caller's transaction, and return them with their numbers.

    ``tolerance`` says by how much a mark may move their numbers; the stream holds exact ones.
    ``confirmed`` outputs rest on closed bars only; ``as_of`` is the clock of their run.

    Subscribers see them once that transaction has committed, and never when it is rolled back:
    the stream's row stays locked until then, so its numbers have neither hole nor repetition.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("Outputs belong to their execution's change.")
    if not outputs:
        return []
    (rows,) = append(
        [(stream, outputs)],
        execution_id=execution_id,
        subscription_id=subscription_id,
        bar_opened_at=bar_opened_at,
        as_of=as_of,
        tolerance=tolerance or None,
        confirmed=confirmed,
        created_at=now or utc_now(),
    )
    return rows


def publish_to_each(
    batches: Sequence[tuple[Stream, Sequence[NewOutput]]], *, confirmed: bool, now: datetime
) -> list[Output]:
    """Append outputs to several streams at once, in the caller's transaction.

    What it costs is that of one stream: whoever publishes to many at a time pays no round trip
    for each. ``NewOutput`` may say of which bar an output is.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("Outputs belong to their publisher's change.")
    filled = [(stream, outputs) for stream, outputs in batches if outputs]
    # Always in the same order, so that two who publish to the same streams cannot deadlock.
    filled.sort(key=lambda batch: batch[0].pk)
    if not filled:
        return []
    return [row for rows in append(filled, created_at=now, confirmed=confirmed) for row in rows]


@dataclass(frozen=True, kw_only=True)
class RunOutputs:
    """What one run put out to its stream, with what ``publish_outputs`` is told of it."""

    stream: Stream
    outputs: Sequence[NewOutput]
    execution_id: UUID
    subscription_id: UUID | None
    bar_opened_at: datetime | None
    as_of: datetime
    tolerance: Mapping[str, Any] | None
    confirmed: bool


def publish_runs(runs: Iterable[RunOutputs], *, now: datetime) -> None:
    """Append the outputs of runs to their streams, in the transaction that finishes the runs.

    However many streams there are, it costs what one costs; runs of one stream keep their order.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("Outputs belong to their execution's change.")
    left = [run for run in runs if run.outputs]
    while left:
        # In the order of ids, so that two who publish to the same streams cannot deadlock.
        first = {run.stream.pk: run for run in reversed(left)}
        turn = [first[pk] for pk in sorted(first)]
        append(
            [(run.stream, run.outputs) for run in turn],
            of_each=[_fields_of(run) for run in turn],
            created_at=now,
        )
        left = [run for run in left if run is not first[run.stream.pk]]


def _fields_of(run: RunOutputs) -> dict[str, Any]:
    return {
        "execution_id": run.execution_id,
        "subscription_id": run.subscription_id,
        "bar_opened_at": run.bar_opened_at,
        "as_of": run.as_of,
        "tolerance": run.tolerance or None,
        "confirmed": run.confirmed,
    }


def _possible_keys(
    script: Script,
    product: Product | None,
    instrument_key: str,
    timeframe: str,
    params: Mapping[str, Any],
) -> Iterator[str]:
    if timeframe == timeframe_of(script):
        yield _key(script, product, instrument_key, params)
    for name in TIMEFRAME_NAMES:
        if name not in params:
            yield _key(script, product, instrument_key, {**params, name: timeframe})


def _key(
    script: Script, product: Product | None, instrument_key: str, params: Mapping[str, Any]
) -> str:
    key = keys.make(
        keys.PersonalKey(str(script.owner_id), str(script.pk), instrument_key, params)
        if product is None
        else keys.MarketplaceKey(product.public_id, instrument_key, product.signal_name, params)
    )
    if len(key.encode()) > KEY_MAX_BYTES:
        raise StreamKeyTooLong(field="params")
    return key


def make_public_streams(instrument_keys: Collection[str]) -> list[Stream]:
    """Return the public streams of instruments and their usual indicators', made where missing."""
    new: list[Stream] = []
    for instrument_key in instrument_keys:
        for name in keys.PUBLIC_INDICATORS:
            new.append(_public_stream(keys.PublicKey(instrument_key, name)))
        for name in USUAL:
            key = keys.CommonKey(instrument_key, name, complete_params(name, {}))
            new.append(_public_stream(key))
    Stream.objects.bulk_create(new, ignore_conflicts=True)
    return list(Stream.objects.filter(key__in=[stream.key for stream in new]))


def make_common_streams(
    wanted: Collection[keys.CommonKey], *, followed_at: datetime
) -> dict[str, Stream]:
    """Return the streams of some indicators, by key, made where there are none yet."""
    new = [_public_stream(key, followed_at=followed_at) for key in wanted]
    Stream.objects.bulk_create(new, ignore_conflicts=True)
    made = Stream.objects.filter(public=True, key__in=[one.key for one in new])
    return {one.key: one for one in made}


def _public_stream(
    key: keys.PublicKey | keys.CommonKey, *, followed_at: datetime | None = None
) -> Stream:
    return Stream(
        key=keys.make(key),
        public=True,
        instrument_key=key.instrument,
        params=dict(key.params),
        params_sha256=digest(dict(key.params)),
        followed_at=followed_at,
    )


def timeframe_of(script: Script) -> str:
    """Return the timeframe that a script's current version was written for."""
    version = script.current_version
    return version.timeframe if version else DEFAULT_TIMEFRAME
