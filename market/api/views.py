"""Ticks and bars in, one by one, in batches, or as a file."""

from __future__ import annotations

from typing import Any

from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import AuthenticatedRequest
from accounts.idempotency import idempotent
from accounts.platform import PlatformOperatorRequired
from common.clock import NaiveInstant, utc_now
from common.errors import InvalidInput
from common.http.openapi import describe
from market.api import serializers
from market.queries import UnknownInstrument
from market.services import intake
from market.services.bars import BarRefused, BarRevised
from market.services.correction_requests import take_corrections
from market.services.corrections import (
    BarIsDerived,
    CorrectionInTheFuture,
    CorrectionNotUsable,
    CorrectionTooEarly,
    NoSuchBar,
)
from market.services.intake import TooManyRows
from market.services.ticks import Finding, RecordedTicks, TickRefused

MAY_NOT = (PlatformOperatorRequired,)
NOT_CORRECTED = (
    BarRefused,
    BarIsDerived,
    CorrectionInTheFuture,
    CorrectionNotUsable,
    CorrectionTooEarly,
    NaiveInstant,
    NoSuchBar,
)


class TicksView(APIView):
    @describe(
        request=serializers.OneOrManyTicks,
        responses=serializers.TicksReply,
        raises=(*MAY_NOT, TooManyRows, TickRefused, UnknownInstrument),
    )
    @idempotent
    def post(self, request: AuthenticatedRequest) -> Response:
        """Record one tick, or many as {"ticks": […]}.

        What is wrong with a tick (crossed, impossible, an outlier, late, ahead of the clock, sent
        before with other numbers) is told row by row; such a tick is kept, and no bar is made of
        it. A tick sent again counts once. What cannot be kept at all refuses the whole request.
        """
        rows = _rows(request.data, "ticks")
        said = intake.take_ticks(rows, acting_user=request.user, now=utc_now())
        return Response(_ticks_reply(said))


class BarsView(APIView):
    @describe(
        request=serializers.OneOrManyBars,
        responses=serializers.BarsReply,
        raises=(*MAY_NOT, TooManyRows, BarRefused, UnknownInstrument, BarRevised),
    )
    @idempotent
    def post(self, request: AuthenticatedRequest) -> Response:
        """Record one closed bar, or many as {"bars": […]}: all of them or none.

        A bar that contradicts itself or is not closed refuses the request and is named by row and
        field. A bar sent again counts once; sent again with other numbers it is refused (409): to
        change it, send a correction.
        Gaps between these bars and the ones before them are reported.
        """
        rows = _rows(request.data, "bars")
        said = intake.take_bars(rows, acting_user=request.user, now=utc_now())
        return Response(serializers.BarsReply(said).data)


class CorrectionsView(APIView):
    @describe(
        request=serializers.Corrections,
        responses=serializers.CorrectionsReply,
        raises=(*MAY_NOT, TooManyRows, UnknownInstrument, *NOT_CORRECTED),
    )
    @idempotent
    def post(self, request: AuthenticatedRequest) -> Response:
        """Replace the numbers of recorded bars: all of them or none.

        A read as of before known_at keeps the old numbers, one as of then or later has the new
        ones, and so have the longer bars that are made of these. Scripts are not run again: what
        they put out stays as it is. Every correction stands in the audit trail with its reason.
        """
        if not isinstance(request.data, dict):
            raise InvalidInput('The body is one object: {"bars": […], "reason": "…"}.')
        done = take_corrections(request.data, acting_user=request.user, now=utc_now())
        return Response(serializers.CorrectionsReply(done).data)


def _rows(data: Any, name: str) -> list[Any]:
    if not isinstance(data, dict):
        raise InvalidInput(f'The body is one object, or {{"{name}": […]}}.', field=name)
    if name not in data:
        return [data]
    rows = data[name]
    if not isinstance(rows, list) or not rows or len(data) > 1:
        raise InvalidInput(f"{name}: a list of at least one, and nothing beside it.", field=name)
    return rows


def _ticks_reply(said: RecordedTicks) -> dict[str, Any]:
    return {
        "accepted": said.accepted,
        "duplicates": said.duplicates,
        "flagged": said.flagged,
        "remarks": said.remarked,
        "rows": [
            {"row": row, "status": _status(finding), "reasons": [*finding.flags, *finding.remarks]}
            for row, finding in enumerate(said.findings, start=1)
            if finding != Finding()
        ],
    }


def _status(finding: Finding) -> str:
    if finding.is_duplicate:
        return "duplicate"
    return "flagged" if finding.flags else "accepted"
