"""A peer: a view of Django REST framework in this project, with its middleware."""

from __future__ import annotations

import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.ingest_peers.drf_settings"
application = get_asgi_application()

from django.db import connection  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework import serializers  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402

from bench.ingest_peers import work  # noqa: E402
from common import row_scope  # noqa: E402


class SignalIn(serializers.Serializer[Any]):
    instrument = serializers.RegexField(r"^[A-Z0-9._-]{2,20}$")
    side = serializers.IntegerField(min_value=0, max_value=1)
    time = serializers.DateTimeField()
    payload = serializers.DictField(allow_null=True, required=False)
    version = serializers.IntegerField(min_value=1, default=1)


class SignalView(APIView):
    authentication_classes = ()
    permission_classes = ()

    def post(self, request: Request) -> Response:
        """Store a signal."""
        digest = work.verify(request._request.body, request.headers)
        signal = SignalIn(data=request.data)
        signal.is_valid(raise_exception=True)
        identifier, now, row = work.row_of(signal.validated_data, digest)
        with row_scope.within(row_scope.PLATFORM), connection.cursor() as cursor:
            cursor.execute(work.INSERT, row)
        return Response(work.receipt(identifier, now), status=201)


urlpatterns = [path("api/v1/signals", SignalView.as_view())]
