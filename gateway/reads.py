"""The reads of a run: as of its clock, as its user, each recorded with its answer."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from accounts.models import User
from common.canonical import canonical_json, sha256
from common.clock import utc_now
from common.inserting import insert_all
from gateway import contents, packing
from gateway.access import NotReadable, authorise
from gateway.models import DataAccess
from gateway.quotas import ReadQuota, ScriptReadQuotaSpent
from gateway.requests import (
    GatewayReply,
    GatewayRequest,
    MarketDataRequest,
    MetricRequest,
    ScriptOutputRequest,
    Table,
    UpstreamOutputs,
    as_json,
)
from gateway.sources import (
    InvalidRead,
    closes_of,
    newest_close,
    read_market_data,
    read_metric,
    read_script_output,
    require_market,
)
from gateway.windows import NewestBars
from market import queries
from registry.models import ProductSubscription
from streams.watermark import marked_for, reading_subscription

__all__ = [
    "InvalidRead",
    "NotReadable",
    "ReadQuota",
    "Reader",
    "ScriptReadQuotaSpent",
    "closes_of",
    "newest_close",
    "reader_for",
    "record_all",
    "require_market",
]


class Reader:
    """Answers the reads of one run, and remembers them in order."""

    def __init__(
        self,
        user: User,
        execution_id: uuid.UUID | None,
        *,
        instrument_key: str,
        timeframe: str,
        as_of: datetime,
        upstream: Mapping[str, UpstreamOutputs],
        clock: Callable[[], datetime],
        fence: int,
        marked_for: User | None,
        quota: ReadQuota | None,
        newest_bars: NewestBars,
    ) -> None:
        self._user = user
        self._quota = quota
        self._newest_bars = newest_bars
        self._marked_for = marked_for or user
        self._execution_id = execution_id
        self._instrument_key = instrument_key
        self._timeframe = timeframe
        self._as_of = as_of
        self._upstream = upstream
        self._clock = clock
        self._fence = fence
        self._records: list[DataAccess] = []
        self._answers: dict[str, Table | bytes] = {}

    def read(self, request: GatewayRequest) -> GatewayReply:
        """Answer a read with a Table of bars or a JSON value.

        Raises
        ------
        NotReadable
            The run's user may not read it, or its version does not declare it.
        InvalidRead
            It names what there is not, or goes beyond a bound; the message says what to write.
        ScriptReadQuotaSpent
            This minute's reads are spent.
        """
        at = self._clock()
        try:
            if self._quota is not None:
                self._quota.take()
            right = authorise(self._user, request, upstream=self._upstream, at=at)
            reply = self._answer(request, at, right)
        except (InvalidRead, NotReadable, ScriptReadQuotaSpent) as error:
            self._remember(request, at, refusal=error.code, refusal_message=error.message)
            raise
        if isinstance(reply, Table):
            digest = packing.digest_of_table(reply)
            self._remember(request, at, answer=reply, rows=reply.rows, sha256=digest)
            return reply
        encoded = canonical_json(reply)
        self._remember(request, at, answer=encoded, rows=_rows_of(reply), sha256=sha256(encoded))
        # As it is kept, so that even the order of keys is the same when the run is repeated.
        return json.loads(encoded)

    def records(self) -> list[DataAccess]:
        """Return what was read so far, unsaved, in order."""
        return list(self._records)

    def answers(self) -> dict[str, Table | bytes]:
        """Return what a run was answered so far, by digest: tables, or the JSON of values."""
        return dict(self._answers)

    def record(self) -> None:
        """Store what was read so far, in the caller's transaction."""
        record_all([self], now=self._clock())

    def _answer(
        self, request: GatewayRequest, at: datetime, right: ProductSubscription | None
    ) -> GatewayReply:
        match request:
            case MarketDataRequest():
                return read_market_data(
                    self._with_defaults(request), as_of=self._as_of, newest_bars=self._newest_bars
                )
            case MetricRequest():
                key = request.instrument_key or self._instrument_key
                return read_metric(
                    request.name, key, as_of=self._as_of, newest_bars=self._newest_bars
                )
            case ScriptOutputRequest():
                upstream = self._upstream[request.script_id]
                return read_script_output(
                    request,
                    upstream,
                    as_of=self._as_of,
                    subscription_id=self._subscription(request, at, right),
                )

    def _subscription(
        self, request: ScriptOutputRequest, at: datetime, right: ProductSubscription | None
    ) -> uuid.UUID | None:
        if self._marked_for == self._user:
            # Asked once more, a right that has just ended would look like one of their own.
            return marked_for(right)
        return reading_subscription(self._marked_for.pk, uuid.UUID(request.script_id), at=at)

    def _with_defaults(self, request: MarketDataRequest) -> MarketDataRequest:
        return MarketDataRequest(
            instrument_key=request.instrument_key or self._instrument_key,
            timeframe=request.timeframe or self._timeframe,
            bars=request.bars,
        )

    def _remember(
        self,
        request: GatewayRequest,
        at: datetime,
        *,
        answer: Table | bytes | None = None,
        **found: Any,
    ) -> None:
        row = DataAccess(
            execution_id=self._execution_id,
            fence=self._fence,
            position=len(self._records) + 1,
            user=self._user,
            kind=request.kind,
            request=as_json(request),
            as_of=self._as_of,
            at=at,
            **{"rows": 0, "size_bytes": packing.size_of(answer), **found},
        )
        self._records.append(row)
        if answer is not None and self._execution_id is not None:
            self._answers[row.sha256] = answer


def record_all(readers: Sequence[Reader], *, now: datetime) -> None:
    """Store what runs read and were answered, in the caller's transaction."""
    answers = {digest: answer for one in readers for digest, answer in one.answers().items()}
    contents.keep(
        (
            content
            for digest, answer in answers.items()
            for content in packing.contents_of(answer, digest)
        ),
        now=now,
    )
    insert_all([row for one in readers for row in one.records()])


def reader_for(
    user: User,
    execution_id: uuid.UUID | None,
    *,
    instrument_key: str,
    timeframe: str,
    as_of: datetime,
    upstream: Mapping[str, UpstreamOutputs],
    clock: Callable[[], datetime] = utc_now,
    fence: int = 0,
    marked_for: User | None = None,
    quota: ReadQuota | None = None,
    newest_bars: NewestBars = queries.bars_between,
) -> Reader:
    """Return the reader of one run.

    ``as_of`` is the run's clock: nothing later is readable. ``upstream`` holds its declared
    dependencies by script id. ``clock`` tells the real present, at which rights are judged;
    ``fence`` tells attempts of one run apart. Outputs that were bought as a product are marked for
    ``marked_for``, or else for the user. ``quota`` says against whose minute the reads count; what
    is bounded otherwise, as trials are, has none. ``newest_bars`` finds the bars; runs that go
    together share their ``windows.Windows``.
    """
    return Reader(
        user,
        execution_id,
        instrument_key=instrument_key,
        timeframe=timeframe,
        as_of=as_of,
        upstream=upstream,
        clock=clock,
        fence=fence,
        marked_for=marked_for,
        quota=quota,
        newest_bars=newest_bars,
    )


def _rows_of(reply: Any) -> int:
    if isinstance(reply, list):
        return len(reply)
    return 0 if reply is None else 1
