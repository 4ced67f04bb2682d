"""Addresses of the Data Access Gateway."""

from django.urls import path

from gateway.api import views

urlpatterns = [
    path("data/market", views.MarketDataView.as_view()),
    path("data/metrics", views.MetricsView.as_view()),
    path("data/scripts/<uuid:script_id>/latest", views.LatestOutputView.as_view()),
    path("data/scripts/<uuid:script_id>/history", views.OutputHistoryView.as_view()),
]
