"""WebSocket addresses."""

from typing import Any

from django.urls import path

from streams.consumers import StreamConsumer

websocket_urlpatterns: list[Any] = [path("ws/", StreamConsumer.as_asgi())]
