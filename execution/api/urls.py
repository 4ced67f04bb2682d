"""Addresses of runs, mounted at the root and under /api/v2/."""

from django.urls import path

from execution.api import views

urlpatterns = [
    path("scripts/<uuid:script_id>/execute", views.ExecuteScriptView.as_view()),
    path("scripts/<uuid:script_id>/subscribe", views.SubscribeView.as_view()),
    path("subscriptions/<uuid:subscription_id>", views.SubscriptionView.as_view()),
]
