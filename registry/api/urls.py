"""Addresses of scripts, mounted at the root and under /api/v2/."""

from django.urls import path

from registry.api import access, entitlements, limits, version_policies, views

urlpatterns = [
    path("scripts", views.ScriptsView.as_view()),
    path("scripts/<uuid:script_id>", views.ScriptView.as_view()),
    path("scripts/<uuid:script_id>/versions", views.VersionsView.as_view()),
    path("scripts/<uuid:script_id>/versions/<str:version>", views.VersionView.as_view()),
    path("scripts/<uuid:script_id>/submit", views.SubmitView.as_view()),
    path("scripts/<uuid:script_id>/approve", views.ApproveView.as_view()),
    path("scripts/<uuid:script_id>/request-changes", views.RequestChangesView.as_view()),
    path("scripts/<uuid:script_id>/publish", views.PublishView.as_view()),
    path("scripts/<uuid:script_id>/rollback", version_policies.RollBackView.as_view()),
    path("scripts/<uuid:script_id>/limits", limits.ScriptLimitsView.as_view()),
    path("scripts/<uuid:script_id>/access", access.AccessView.as_view()),
    path("scripts/<uuid:script_id>/entitlements", entitlements.EntitlementsView.as_view()),
    path(
        "scripts/<uuid:script_id>/entitlements/<str:whose>",
        entitlements.EntitlementView.as_view(),
    ),
]

# Mounted under /api/v2/signals/ only; the contract leaves open where its recommendations are.
version_policy_urlpatterns = [
    path("version-policy/<uuid:script_id>", version_policies.VersionPolicyView.as_view()),
    path("version-policy/<uuid:script_id>/versions", version_policies.SignalVersionsView.as_view()),
    path(
        "version-policy/<uuid:script_id>/versions/<str:version>/publish",
        version_policies.PublishSignalVersionView.as_view(),
    ),
    path(
        "version-policy/recommendations/<uuid:script_id>",
        version_policies.RecommendationView.as_view(),
    ),
    path("recommendations/<uuid:script_id>", version_policies.RecommendationView.as_view()),
]
