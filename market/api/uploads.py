"""Files of ticks or bars: taken in at once, worked off by a worker, and how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from rest_framework import status
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import AuthenticatedRequest
from accounts.idempotency import idempotent_by_service
from common.clock import utc_now
from common.errors import InvalidInput
from common.http.openapi import describe
from common.idempotency_keys import HEADER
from market.api import serializers
from market.api.views import MAY_NOT
from market.models import UploadKind
from market.services import uploads
from market.services.roles import require_may_feed
from registry.storage import ObjectStoreDown

PATH = "/api/v2/market/uploads"
CSV, PARQUET, ANY = "text/csv", "application/vnd.apache.parquet", "application/octet-stream"


class StreamParser(BaseParser):
    """Hands on the body as it comes, unread, as a form would have it."""

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        return {"file": stream}


class CsvParser(StreamParser):
    media_type = CSV


class ParquetParser(StreamParser):
    media_type = PARQUET


class OctetParser(StreamParser):
    media_type = ANY


class UploadsView(APIView):
    parser_classes = (MultiPartParser, CsvParser, ParquetParser, OctetParser)

    @describe(
        parameters=[serializers.UploadQuery],
        request={
            "multipart/form-data": serializers.UploadForm,
            **dict.fromkeys((CSV, PARQUET, ANY), OpenApiTypes.BINARY),
        },
        responses={202: serializers.UploadReply},
        raises=(*MAY_NOT, uploads.UploadTooLarge, uploads.UploadEmpty, ObjectStoreDown),
    )
    @idempotent_by_service
    def post(self, request: AuthenticatedRequest) -> Response:
        """Upload ticks or bars as CSV or Parquet, as a form or as the body itself.

        The columns are the fields of a tick or a bar. The answer comes before the file is read;
        Location says where its progress is. Rows that are wrong are refused one by one, the
        others recorded, as history: bars of a file trigger no script.
        """
        # Before the body is looked at: of whoever may send none, our servers hand on an empty one.
        require_may_feed(request.user)
        file, name = _file_of(request)
        upload = uploads.begin_upload(
            file,
            kind=_kind_of(request),
            name=name,
            idempotency_key=request.headers.get(HEADER),
            acting_user=request.user,
            now=utc_now(),
        )
        return Response(
            serializers.UploadReply(upload).data,
            status=status.HTTP_202_ACCEPTED,
            headers={"Location": f"{PATH}/{upload.pk}"},
        )


class UploadView(APIView):
    @describe(responses=serializers.UploadReply, raises=(uploads.NoSuchUpload,))
    def get(self, request: AuthenticatedRequest, upload_id: UUID) -> Response:
        """Return how far one of your uploads is."""
        upload = uploads.find_upload(upload_id, user=request.user)
        return Response(serializers.UploadReply(upload).data)


def _file_of(request: AuthenticatedRequest) -> tuple[IO[bytes], str]:
    file: Any = _data_of(request).get("file")
    if not hasattr(file, "read"):
        raise InvalidInput("file: attach the file under this name.", field="file")
    return file, request.query_params.get("name") or getattr(file, "name", None) or ""


def _kind_of(request: AuthenticatedRequest) -> UploadKind:
    kind = request.query_params.get("kind") or _data_of(request).get("kind")
    if kind not in UploadKind.values:
        raise InvalidInput("kind: ticks or bars.", field="kind")
    return UploadKind(kind)


def _data_of(request: AuthenticatedRequest) -> Mapping[str, Any]:
    # A form is a QueryDict, which is a dict.
    return request.data if isinstance(request.data, dict) else {}
