"""Addresses of signing in and of keys."""

from django.urls import path

from accounts.api import views

urlpatterns = [
    path("api/v2/auth/token", views.TokenView.as_view(), name="auth-token"),
    path("api/v2/auth/refresh", views.RefreshView.as_view(), name="auth-refresh"),
    path("api/v2/auth/revoke", views.RevokeView.as_view(), name="auth-revoke"),
    path("api/v2/auth/revoke-all", views.RevokeAllView.as_view(), name="auth-revoke-all"),
    path("api/v2/auth/keys", views.KeysView.as_view(), name="auth-keys"),
    path("api/v2/auth/keys/<int:key_id>", views.KeyView.as_view(), name="auth-key"),
]
