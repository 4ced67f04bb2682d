"""Addresses of products, and of the token exchange with other platforms."""

from django.urls import path

from registry.api import marketplace, products

urlpatterns = [
    path("api/v2/products", products.ProductsView.as_view()),
    path("api/v2/products/<uuid:product_id>", products.ProductView.as_view()),
    path("api/v2/products/<uuid:product_id>/list", products.ListProductView.as_view()),
    path("api/v2/products/<uuid:product_id>/retire", products.RetireProductView.as_view()),
    path("api/v2/products/<uuid:product_id>/subscribe", products.SubscribeToProductView.as_view()),
    path("api/v2/products/<uuid:product_id>/execution-tokens", products.TokensView.as_view()),
    path("api/v2/products/<uuid:product_id>/usage", products.ProductUsageView.as_view()),
    path("api/v2/product-subscriptions", products.ProductSubscriptionsView.as_view()),
    path(
        "api/v2/product-subscriptions/<uuid:subscription_id>",
        products.ProductSubscriptionView.as_view(),
    ),
    path(
        "api/v2/product-subscriptions/<uuid:subscription_id>/usage",
        products.SubscriptionUsageView.as_view(),
    ),
    path("api/v2/remote-products", marketplace.ImportView.as_view()),
    path("api/v1/scripts/access", marketplace.ScriptAccessView.as_view()),
    path("api/v1/integration/verify-execution-token", marketplace.VerifyTokenView.as_view()),
    path("api/v2/signals/sdk/signals/validate-token", marketplace.ValidateTokenView.as_view()),
]
