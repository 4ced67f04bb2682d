"""The history of a script's outputs: pages of JSON, or one file of CSV or Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from accounts.authentication import AuthenticatedRequest
from common import row_scope
from common.clock import NaiveInstant, parse_instant, utc_now
from common.errors import InvalidInput
from common.http.downloads import TooManyDownloads, place_for_download
from common.http.openapi import describe
from common.http.pagination import NewestFirst, PagedView, require_known_parameters
from common.in_flight import ServerBusy
from registry import access
from streams import history, queries
from streams.api import serializers
from streams.api.history_files import Chunks, csv_of, parquet_of
from streams.history import Part, ReadableHistory
from streams.watermark import WatermarkFailed

CHUNK_ROWS = 2000  # of a file at a time: what is in memory, and how often the right is looked at
FILTERS = ("from", "to", "as_of", "confirmed", "timeframe", "params", "format")


class UnknownFormat(InvalidInput):
    """format is json, csv or parquet."""

    code = "unknown_format"


HISTORY_ERRORS = (
    access.NoSuchScript,
    access.NotEntitled,
    access.TierTooLow,
    InvalidInput,
    NaiveInstant,
    UnknownFormat,
    queries.NoStream,
    history.SeveralStreams,
    history.HistoryTooLong,
    TooManyDownloads,
    ServerBusy,
    WatermarkFailed,
)


class _FileRenderer(JSONRenderer):
    """Stands for a file in the choice of a format. What it renders itself is an error, as JSON."""


class CsvRenderer(_FileRenderer):
    media_type = "text/csv"
    format = "csv"


class ParquetRenderer(_FileRenderer):
    media_type = "application/vnd.apache.parquet"
    format = "parquet"


MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "parquet": ParquetRenderer.media_type}


class FormatOrAccept(DefaultContentNegotiation):
    """``?format=`` comes before Accept; one that there is not is named as any wrong parameter."""

    def filter_renderers(self, renderers: Any, format: str) -> Any:
        found = [renderer for renderer in renderers if renderer.format == format]
        if not found:
            raise UnknownFormat(field="format")
        return found


class BySeq(NewestFirst):
    """Page through outputs by their numbers."""

    ordering = "-seq"


class OutputHistoryView(PagedView):
    pagination_class = BySeq
    renderer_classes = (JSONRenderer, CsvRenderer, ParquetRenderer)
    content_negotiation_class = FormatOrAccept

    @describe(
        parameters=[serializers.HistoryQuery],
        responses={
            (200, "application/json"): serializers.HistoryPageReply,
            (200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, "All rows, oldest first."),
            (200, ParquetRenderer.media_type): OpenApiResponse(
                OpenApiTypes.BINARY, "All rows, oldest first."
            ),
        },
        raises=HISTORY_ERRORS,
    )
    def get(
        self, request: AuthenticatedRequest, instrument_key: str, script_id: UUID
    ) -> HttpResponseBase:
        """Return what a script has put out on an instrument.

        ``from`` and ``to`` are about the instants of the outputs, from included and to not.
        ``as_of`` shows what had been published by then. JSON comes a page at a time, the newest
        first; CSV and Parquet (``format``, or Accept) hold all of it, the oldest first. The order
        is always that of ``seq``. Whose right ends while a file is on its way gets no more of it:
        the file breaks off. Without ``timeframe`` and ``params`` there has to be one stream only.
        """
        require_known_parameters(request, *FILTERS)
        now = utc_now()
        wanted = _valid(request)
        part = _part(wanted, now=now)
        readable = history.require_history(
            request.user,
            script_id,
            instrument_key,
            timeframe=wanted.get("timeframe"),
            params=wanted.get("params"),
            at=now,
        )
        kind = request.accepted_renderer.format if request.accepted_renderer else "json"
        if kind == "json":
            return self._page(readable, part, request)
        return _file(readable, part, kind)

    def _page(
        self, readable: ReadableHistory, part: Part, request: AuthenticatedRequest
    ) -> Response:
        pages = self.pagination_class()
        found = pages.paginate_queryset(part.of(readable.stream), request, view=self)
        body = pages.get_paginated_response(readable.given(found or [])).data
        about = {"stream_key": readable.stream.key, "epoch": readable.stream.epoch}
        return Response({**about, "as_of": part.as_of, **body})


def _file(readable: ReadableHistory, part: Part, kind: str) -> StreamingHttpResponse:
    content = _sent(readable, part, kind)
    next(content)  # a refusal comes before the file begins
    name = f"{readable.stream.instrument_key}-{readable.script.pk}.{kind}"
    return StreamingHttpResponse(
        content,
        content_type=MEDIA_TYPES[kind],
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


# Begun, it ends when it is closed or forgotten as well, and lets go of its place.
def _sent(readable: ReadableHistory, part: Part, kind: str) -> Iterator[bytes]:
    chunks = _chunks(readable, part, row_scope.current())
    with place_for_download(readable.user.pk):
        history.require_short(readable, part)
        yield b""
        yield from csv_of(chunks) if kind == "csv" else parquet_of(chunks)


def _chunks(readable: ReadableHistory, part: Part, scope: str) -> Chunks:
    def read() -> Iterator[list[dict[str, Any]]]:
        seq = 0
        while True:
            # The request's own scope has ended when the first bytes are asked for.
            with row_scope.within(scope):
                rows = history.chunk_after(readable, part, seq, size=CHUNK_ROWS, at=utc_now())
            if not rows:
                return
            yield rows
            seq = rows[-1]["seq"]

    return read()


def _part(wanted: dict[str, Any], *, now: datetime) -> Part:
    instants = {
        name: parse_instant(wanted[name], field=name)
        for name in ("from", "to", "as_of")
        if name in wanted
    }
    start, end, as_of = instants.get("from"), instants.get("to"), instants.get("as_of", now)
    if as_of > now:
        raise InvalidInput(f"as_of: {as_of.isoformat()} is still to come.", field="as_of")
    if start is not None and end is not None and start >= end:
        raise InvalidInput("to: lies before from, or at it.", field="to")
    return Part(as_of=as_of, start=start, end=end, confirmed=wanted.get("confirmed"))


def _valid(request: AuthenticatedRequest) -> dict[str, Any]:
    query = serializers.HistoryQuery(data=request.query_params.dict())
    query.is_valid(raise_exception=True)
    valid: dict[str, Any] = query.validated_data
    return valid
