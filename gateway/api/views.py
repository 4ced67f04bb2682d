"""The gateway over HTTP: the same reads, with the same checks and the same record."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from rest_framework import serializers as drf_serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import AuthenticatedRequest
from common.clock import NaiveInstant, parse_instant, utc_now
from common.errors import InvalidInput
from common.http.openapi import describe
from gateway import script_outputs
from gateway.access import NotReadable
from gateway.api import serializers
from gateway.reads import Reader, ReadQuota, ScriptReadQuotaSpent, reader_for
from gateway.requests import (
    MarketDataRequest,
    MetricRequest,
    ScriptOutputRequest,
    Table,
    UpstreamOutputs,
)
from gateway.sources import InvalidRead
from market import metrics
from registry import access
from registry.product_access import require_right

NANOSECONDS = 1_000_000_000
READING = (InvalidInput, InvalidRead, NaiveInstant, ScriptReadQuotaSpent)
READING_OUTPUTS = (
    *READING,
    access.NoSuchScript,
    access.NotEntitled,
    access.TierTooLow,
    NotReadable,
    script_outputs.NoOutputsYet,
)


class MarketDataView(APIView):
    @describe(
        parameters=[serializers.MarketDataQuery],
        responses=serializers.MarketDataReply,
        raises=READING,
    )
    def get(self, request: AuthenticatedRequest) -> Response:
        """Return the newest closed bars, oldest first; fewer when history is shorter.

        Prices are as traded, not adjusted for splits or dividends. An unknown instrument or
        timeframe, too many bars or an instant to come is 422 and names the field.
        """
        query = _query(serializers.MarketDataQuery, request)
        now = utc_now()
        as_of = _as_of(query, now=now)
        reader = _reader(request, query["instrument"], query["timeframe"], as_of=as_of, now=now)
        table = reader.read(MarketDataRequest(bars=query["bars"]))
        reader.record()
        return Response(
            {
                "instrument": query["instrument"],
                "timeframe": query["timeframe"],
                "as_of": as_of,
                "bars": _bars(table),
            }
        )


class MetricsView(APIView):
    @describe(
        parameters=[serializers.MetricsQuery],
        responses=serializers.MetricsReply,
        raises=READING,
    )
    def get(self, request: AuthenticatedRequest) -> Response:
        """Return named metrics of an instrument's daily bars; null while its bars are too few."""
        query = _query(serializers.MetricsQuery, request)
        now = utc_now()
        as_of = _as_of(query, now=now)
        reader = _reader(request, query["instrument"], metrics.TIMEFRAME, as_of=as_of, now=now)
        names = [query["name"]] if "name" in query else list(metrics.METRICS)
        values: dict[str, Any] = {name: reader.read(MetricRequest(name=name)) for name in names}
        reader.record()
        return Response(
            {
                "instrument": query["instrument"],
                "as_of": as_of,
                "metrics": {name: _metric(name, value) for name, value in values.items()},
            }
        )


class LatestOutputView(APIView):
    @describe(
        parameters=[serializers.LatestOutputQuery],
        responses=serializers.LatestOutputReply,
        raises=READING_OUTPUTS,
    )
    def get(self, request: AuthenticatedRequest, script_id: UUID) -> Response:
        """Return a script's newest output; 404 when there is none, or no such script for you."""
        query = _query(serializers.LatestOutputQuery, request)
        now = utc_now()
        reader, about = _outputs_reader(request, script_id, query, as_of=now, now=now)
        output: Any = reader.read(ScriptOutputRequest(script_id=str(script_id)))
        reader.record()
        return Response({**about, **output})


class OutputHistoryView(APIView):
    @describe(
        parameters=[serializers.OutputHistoryQuery],
        responses=serializers.OutputHistoryReply,
        raises=READING_OUTPUTS,
    )
    def get(self, request: AuthenticatedRequest, script_id: UUID) -> Response:
        """Return a script's newest outputs, oldest first; none of them later than ``as_of``."""
        query = _query(serializers.OutputHistoryQuery, request)
        now = utc_now()
        as_of = _as_of(query, now=now)
        reader, about = _outputs_reader(request, script_id, query, as_of=as_of, now=now)
        wanted = ScriptOutputRequest(script_id=str(script_id), history=query["limit"])
        outputs = reader.read(wanted)
        reader.record()
        return Response({**about, "as_of": as_of, "outputs": outputs})


def _query(
    form: type[drf_serializers.Serializer[Any]], request: AuthenticatedRequest
) -> dict[str, Any]:
    query = form(data=request.query_params.dict())
    query.is_valid(raise_exception=True)
    found: dict[str, Any] = query.validated_data
    return found


def _as_of(query: dict[str, Any], *, now: datetime) -> datetime:
    if "as_of" not in query:
        return now
    as_of = parse_instant(query["as_of"], field="as_of")
    if as_of > now:
        raise InvalidRead(f"as_of: {as_of.isoformat()} is still to come.", field="as_of")
    return as_of


def _reader(
    request: AuthenticatedRequest,
    instrument_key: str,
    timeframe: str,
    *,
    as_of: datetime,
    now: datetime,
    upstream: dict[str, UpstreamOutputs] | None = None,
) -> Reader:
    return reader_for(
        request.user,
        None,
        instrument_key=instrument_key,
        timeframe=timeframe,
        as_of=as_of,
        upstream=upstream or {},
        clock=lambda: now,
        quota=ReadQuota(user=request.user),
    )


def _outputs_reader(
    request: AuthenticatedRequest,
    script_id: UUID,
    query: dict[str, Any],
    *,
    as_of: datetime,
    now: datetime,
) -> tuple[Reader, dict[str, Any]]:
    script = script_outputs.require_script(request.user, script_id, at=now)
    instrument_key = query["instrument"]
    timeframe = query.get("timeframe") or script_outputs.timeframe_of(script)
    subscription = require_right(request.user.pk, script_id, at=now)
    stream = script_outputs.require_stream(
        script,
        instrument_key=instrument_key,
        timeframe=timeframe,
        params=query.get("params", {}),
        product_id=subscription.product_id if subscription else None,
    )
    upstream = {str(script_id): script_outputs.as_upstream(stream)}
    reader = _reader(request, instrument_key, timeframe, as_of=as_of, now=now, upstream=upstream)
    about = {"script_id": script_id, "instrument": instrument_key, "timeframe": timeframe}
    return reader, about


def _bars(table: Table) -> list[dict[str, Any]]:
    columns = {name: values.tolist() for name, values in table.columns.items()}
    opened = (table.index_ns // NANOSECONDS).tolist()
    rows = zip(opened, *columns.values(), strict=True)
    return [
        {"opened_at": datetime.fromtimestamp(seconds, UTC), **dict(zip(columns, row, strict=True))}
        for seconds, *row in rows
    ]


def _metric(name: str, value: float | None) -> dict[str, Any]:
    metric = metrics.METRICS[name]
    return {"value": value, "unit": metric.unit, "description": metric.description}
