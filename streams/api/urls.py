"""Addresses of the streams API."""

from django.urls import include, path

from streams.api import drm, history, views

# At the root and under /api/v2 alike.
outputs = [
    path(
        "signals/<str:instrument_key>/custom/<uuid:script_id>",
        views.LatestOutputView.as_view(),
        name="latest-output",
    ),
    path(
        "signals/<str:instrument_key>/custom/<uuid:script_id>/history",
        history.OutputHistoryView.as_view(),
        name="output-history",
    ),
]

urlpatterns = [
    path("", include(outputs)),
    path("api/v2/", include(outputs)),
    path("api/v2/signals/sdk/signals/streams", views.StreamListView.as_view(), name="sdk-streams"),
    path(
        "api/v2/signals/sdk/signals/subscribe",
        views.StreamTicketView.as_view(),
        name="sdk-subscribe",
    ),
    path("api/v2/products/<uuid:product_id>/leak-searches", drm.FindLeakView.as_view()),
    path("api/v1/webhooks/drm/watermark", drm.WatermarkView.as_view()),
    path("api/v1/webhooks/drm/detect-leak", drm.DetectLeakView.as_view()),
]
