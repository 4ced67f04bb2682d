from django.urls import path

from ingest.api import dialect_views, views

urlpatterns = [
    path("api/v1/signals", views.create_signal, name="signals"),
    path("api/v2/signals", views.create_signals, name="signals-batch"),
    path(
        "api/v1/signals/from/<str:producer_id>",
        dialect_views.create_signal_from,
        name="signals-from",
    ),
]
