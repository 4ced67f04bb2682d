"""The URL tree."""

from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from accounts.api import urls as auth_urls
from accounts.pages import urls as account_urls
from execution.api import urls as execution_urls
from execution.api.limits import LimitsView
from gateway.api import urls as gateway_urls
from ingest.api import urls as ingest_urls
from market.api import urls as market_urls
from registry.api import marketplace_urls
from registry.api import urls as registry_urls
from signalhub import dashboard, health, marketplace, views
from signalhub.limits_page import own_limits
from signalhub.metrics import MetricsView
from signalhub.operations import pages as operations_pages
from signalhub.operations.api import ScalingView
from streams.api import delivery_urls
from streams.api import urls as stream_urls
from streams.pages import urls as delivery_page_urls

handler400 = "signalhub.error_pages.bad_request"
handler403 = "signalhub.error_pages.permission_denied"
handler404 = "signalhub.error_pages.page_not_found"
handler500 = "signalhub.error_pages.server_error"

# Scripts and their runs answer at the root and under /api/v2/ alike (the contract names both).
scripts = [*registry_urls.urlpatterns, *execution_urls.urlpatterns]

urlpatterns = [
    path("", views.home, name="home"),
    path("overview", views.overview_part, name="overview"),
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("dashboard/<uuid:script_id>/", dashboard.dashboard_of_script, name="dashboard-script"),
    path("dashboard/<uuid:script_id>/state", dashboard.dashboard_state, name="dashboard-state"),
    path("operations/", operations_pages.operations, name="operations"),
    path("operations/sections", operations_pages.operations_part, name="operations-part"),
    path(
        "operations/<slug:deed>/<path:target>",
        operations_pages.operations_deed,
        name="operations-deed",
    ),
    path("marketplace/", marketplace.marketplace, name="marketplace"),
    path(
        "marketplace/products/<uuid:product_id>/subscribe",
        marketplace.subscribe,
        name="marketplace-subscribe",
    ),
    path(
        "marketplace/subscriptions/<uuid:subscription_id>/end",
        marketplace.end,
        name="marketplace-end",
    ),
    path(
        "marketplace/subscriptions/<uuid:subscription_id>/usage.csv",
        marketplace.usage_csv,
        name="marketplace-usage",
    ),
    path("admin/", admin.site.urls),
    path("logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("health", health.health, name="health"),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.health, name="health-ready"),
    path("metrics", MetricsView.as_view(), name="metrics"),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs", views.api_reference, name="api-reference"),
    path("api/asyncapi.json", views.socket_document, name="socket-document"),
    path("api/sockets", views.socket_reference, name="socket-reference"),
    path("", include(scripts)),
    path("api/v2/", include(scripts)),
    path("api/v2/signals/", include(registry_urls.version_policy_urlpatterns)),
    path("api/v2/signals/", include(execution_urls.signal_urlpatterns)),
    path("api/v2/admin/", include(execution_urls.admin_urlpatterns)),
    path("", include(marketplace_urls)),
    path("", include(gateway_urls)),
    path("", include(market_urls)),
    path("", include(stream_urls)),
    path("", include(delivery_urls)),
    path("", include(delivery_page_urls)),
    path("", include(ingest_urls)),
    path("", include(auth_urls)),
    path("", include(account_urls)),
    path("account/limits", own_limits, name="account-limits"),
    path("api/v2/admin/scaling", ScalingView.as_view(), name="scaling"),
    path("api/v2/limits", LimitsView.as_view(), name="limits"),
]
