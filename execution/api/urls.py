"""Addresses of runs, mounted at the root and under /api/v2/."""

from django.urls import path

from execution.api import background, holds, views

urlpatterns = [
    path("scripts/<uuid:script_id>/execute", views.ExecuteScriptView.as_view()),
    path("scripts/<uuid:script_id>/subscribe", views.SubscribeView.as_view()),
    path("subscriptions/<uuid:subscription_id>", views.SubscriptionView.as_view()),
]

#: Under /api/v2/admin/ only.
admin_urlpatterns = [
    path("holds", holds.HoldsView.as_view()),
    path("holds/<uuid:hold_id>", holds.HoldView.as_view()),
]

#: Under /api/v2/signals/ only.
signal_urlpatterns = [
    path("execute/personal", background.PersonalRunView.as_view()),
    path("execute/marketplace", background.MarketplaceRunView.as_view()),
    path("execution/status/<str:execution_id>", views.ExecutionStatusView.as_view()),
]
