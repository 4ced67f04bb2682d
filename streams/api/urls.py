"""Addresses of the streams API."""

from django.urls import path

from streams.api import views

urlpatterns = [
    path(
        "signals/<str:instrument_key>/custom/<uuid:script_id>",
        views.LatestOutputView.as_view(),
        name="latest-output",
    ),
    path("api/v2/signals/sdk/signals/streams", views.StreamListView.as_view(), name="sdk-streams"),
    path(
        "api/v2/signals/sdk/signals/subscribe",
        views.StreamTicketView.as_view(),
        name="sdk-subscribe",
    ),
]
