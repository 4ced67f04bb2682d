"""Addresses of scripts, mounted at the root and under /api/v2/."""

from django.urls import path

from registry.api import entitlements, views

urlpatterns = [
    path("scripts", views.ScriptsView.as_view()),
    path("scripts/<uuid:script_id>", views.ScriptView.as_view()),
    path("scripts/<uuid:script_id>/versions", views.VersionsView.as_view()),
    path("scripts/<uuid:script_id>/versions/<str:version>", views.VersionView.as_view()),
    path("scripts/<uuid:script_id>/submit", views.SubmitView.as_view()),
    path("scripts/<uuid:script_id>/approve", views.ApproveView.as_view()),
    path("scripts/<uuid:script_id>/request-changes", views.RequestChangesView.as_view()),
    path("scripts/<uuid:script_id>/publish", views.PublishView.as_view()),
    path("scripts/<uuid:script_id>/entitlements", entitlements.EntitlementsView.as_view()),
    path(
        "scripts/<uuid:script_id>/entitlements/<str:whose>",
        entitlements.EntitlementView.as_view(),
    ),
]
