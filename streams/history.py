"""Read a stream's history: which part of it, in which order, and still with the right to.

The order is that of the stream's numbers, which never changes. ``as_of`` is about knowledge: only
what had been published by then, as a reader of that moment saw it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from accounts.models import User
from common import row_scope
from common.errors import InvalidInput
from registry import access
from registry.models import Script
from registry.product_access import require_right
from streams import queries, watermark
from streams.models import Output, Stream


class SeveralStreams(InvalidInput):
    """The script has several streams on this instrument; say which timeframe and params."""

    code = "several_streams"


class HistoryTooLong(InvalidInput):
    """That is more than one file holds; narrow from and to."""

    code = "history_too_long"


@dataclass(frozen=True, kw_only=True)
class Part:
    """Which outputs: about instants from ``start`` until before ``end``, published by ``as_of``.

    ``confirmed`` says whether to have only confirmed ones or only the others; None: all.
    """

    as_of: datetime
    start: datetime | None = None
    end: datetime | None = None
    confirmed: bool | None = None

    def of(self, stream: Stream) -> QuerySet[Output]:
        """Return these outputs of a stream, in no order yet."""
        bounds: dict[str, Any] = {"created_at__lte": self.as_of}
        if self.start is not None:
            bounds["timestamp__gte"] = self.start
        if self.end is not None:
            bounds["timestamp__lt"] = self.end
        if self.confirmed is not None:
            bounds["confirmed"] = self.confirmed
        return Output.objects.filter(stream=stream, **bounds)


@dataclass(frozen=True, kw_only=True)
class ReadableHistory:
    """A stream that its reader may read at the moment, and on which account.

    A right is what it is when it is looked at: ``still_readable`` looks again.
    """

    user: User
    script: Script
    stream: Stream
    subscription_id: UUID | None

    def given(self, outputs: Sequence[Output]) -> list[dict[str, Any]]:
        """Return outputs as this reader gets them.

        Raises
        ------
        WatermarkFailed
            One cannot be marked for the reader's subscription.
        """
        given = watermark.give_all(
            [(watermark.body_of(output), output.tolerance) for output in outputs],
            place=watermark.place_of(self.stream),
            subscription_id=self.subscription_id,
        )
        return [
            {
                "seq": output.seq,
                "timestamp": output.timestamp,
                "value": body["value"],
                "metadata": body["metadata"],
                "bar_opened_at": output.bar_opened_at,
                "confirmed": output.confirmed,
                "published_at": output.created_at,
            }
            for output, body in zip(outputs, given, strict=True)
        ]

    def still_readable(self, *, at: datetime) -> ReadableHistory:
        """Return the same, with the right to it as it is now.

        Raises
        ------
        NoSuchScript, NotEntitled, TierTooLow
            The right has ended, or is to other streams of the script.
        """
        script = require_usable(self.user, self.script.pk, at=at)
        product_id, subscription_id = account_of(self.user, script, at=at)
        if product_id != self.stream.product_id:
            raise access.NotEntitled(script_id=str(script.pk))
        return ReadableHistory(
            user=self.user, script=script, stream=self.stream, subscription_id=subscription_id
        )


def require_history(
    user: User,
    script_id: UUID,
    instrument_key: str,
    *,
    timeframe: str | None,
    params: Mapping[str, Any] | None,
    at: datetime,
) -> ReadableHistory:
    """Return the one stream that is meant, for a user who may read it.

    Raises
    ------
    NoSuchScript, NotEntitled, TierTooLow
        It is not theirs to read; foreign and unknown look the same.
    NoStream, SeveralStreams
        There is none, or more than one.
    """
    script = require_usable(user, script_id, at=at)
    product_id, subscription_id = account_of(user, script, at=at)
    streams = queries.require_streams(
        script, instrument_key, timeframe, params, product_id=product_id
    )
    if len(streams) > 1:
        raise SeveralStreams(
            available=[{"timeframe": one.timeframe, "params": one.params} for one in streams]
        )
    return ReadableHistory(
        user=user, script=script, stream=streams[0], subscription_id=subscription_id
    )


def require_usable(user: User, script_id: UUID, *, at: datetime) -> Script:
    """Return a script that a user may use now, or raise as ``registry.access`` does."""
    script = access.require_visible(user, script_id, at=at)
    access.require_access(user, script, at=at)
    return script


def require_short(history: ReadableHistory, part: Part) -> None:
    """Raise HistoryTooLong when a part of a history is more than a file holds."""
    limit = settings.HISTORY_FILE_ROWS_MAX
    # The order lets the count end at the limit instead of at the last output.
    counted = part.of(history.stream).order_by("seq")[: limit + 1]
    with row_scope.within(row_scope.PLATFORM):  # as for the rows themselves
        rows = counted.count()
    if rows > limit:
        raise HistoryTooLong(limit=limit)


def chunk_after(
    history: ReadableHistory, part: Part, seq: int, *, size: int, at: datetime
) -> list[dict[str, Any]]:
    """Return the next outputs above a number, oldest first, if the right to them still stands."""
    readable = history.still_readable(at=at)
    following = part.of(history.stream).filter(seq__gt=seq).order_by("seq")
    # The right to the stream was looked at just now; the row policy would ask again for each row.
    with row_scope.within(row_scope.PLATFORM):
        outputs = list(following[:size])
    return readable.given(outputs)


def account_of(user: User, script: Script, *, at: datetime) -> tuple[UUID | None, UUID | None]:
    """Return of which product a user reads a script's streams, and for which subscription marked.

    One answer for both: asked twice, a right that ends in between would look like one of their own.

    Raises
    ------
    NotEntitled
        Their right has ended.
    """
    subscription = require_right(user.pk, script.pk, at=at)
    if subscription is None:
        return None, None
    # Whether copies are marked at all is a setting; whose streams are read is not.
    return subscription.product_id, watermark.marked_for(subscription)
