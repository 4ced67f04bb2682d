"""One request for each operation of the API that succeeds: what the document shows as example.

A new operation needs a line here, or in ``script_scenarios``; then ``WRITE_EXAMPLES=1`` with
``test_examples.py`` plays it and writes the reply into the document.
"""

from __future__ import annotations

from registry.models import TokenPurpose
from tests.api.parts import (
    LEAKED,
    NOBODY,
    ONE_BAR,
    ONE_TICK,
    SERVICE,
    Scenario,
    a_correction,
    followed,
    key_of,
    of_destination,
    pair_of,
    product,
    product_subscription,
    script,
    sends,
    token_for,
    upload_of,
)
from tests.api.script_scenarios import OF_SCRIPTS
from tests.factories import PASSWORD

SCENARIOS = [
    *OF_SCRIPTS,
    Scenario(
        operation="POST /api/v2/products/{product_id}/leak-searches",
        who="ada",
        path=product("listed"),
        body=sends(values=LEAKED, instrument="AAPL"),
        status=201,
    ),
    Scenario(
        operation="POST /api/v1/webhooks/drm/watermark",
        who=SERVICE,
        body=lambda world: {
            "signal_id": str(world.scripts["published"].pk),
            "subscription_id": str(world.product_subscription.pk),
            "payload": {"value": 119.5, "timestamp": "2020-01-31T00:00:00Z", "metadata": {}},
            "algorithm": "hmac_sha256",
        },
    ),
    Scenario(
        operation="POST /api/v1/webhooks/drm/detect-leak",
        who=SERVICE,
        body=lambda world: {
            "product_id": str(world.products["listed"].pk),
            "values": LEAKED,
            "instrument": "AAPL",
        },
    ),
    Scenario(operation="GET /api/v2/products", who="mallory"),
    Scenario(
        operation="POST /api/v2/products",
        who="ada",
        body=lambda world: {
            "script_id": str(world.scripts["published"].pk),
            "name": "Mean of twenty closes",
            "signal_name": "mean_20",
        },
        status=201,
    ),
    Scenario(operation="GET /api/v2/products/{product_id}", who="mallory", path=product("listed")),
    Scenario(
        operation="PATCH /api/v2/products/{product_id}",
        who="ada",
        path=product("unlisted"),
        body=sends(description="Daily, after the close."),
    ),
    Scenario(
        operation="POST /api/v2/products/{product_id}/list",
        who="ada",
        path=product("listed later"),
    ),
    Scenario(
        operation="POST /api/v2/products/{product_id}/retire",
        who="ada",
        path=product("to retire"),
        body=sends(reason="Replaced."),
    ),
    Scenario(
        operation="POST /api/v2/products/{product_id}/subscribe",
        who="mallory",
        path=product("for others"),
        body=sends(ends_at="2099-12-31T00:00:00Z"),
        status=201,
    ),
    Scenario(
        operation="POST /api/v2/products/{product_id}/execution-tokens",
        who="mallory",
        path=product("listed"),
        body=sends(purpose="execute"),
        status=201,
    ),
    Scenario(
        operation="POST /api/v2/signals/execute/personal",
        who="ada",
        body=lambda world: {
            "script_id": str(world.scripts["published"].pk),
            "instrument": "AAPL",
            "params": {"period": 20},
        },
    ),
    Scenario(
        operation="POST /api/v2/signals/execute/marketplace",
        who="mallory",
        body=lambda world: {**token_for(world, TokenPurpose.EXECUTE), "instrument": "AAPL"},
    ),
    Scenario(
        operation="POST /api/v2/signals/sdk/signals/validate-token",
        who="mallory",
        body=lambda world: {**token_for(world, TokenPurpose.STREAM), "purpose": "stream"},
    ),
    Scenario(
        operation="POST /api/v1/integration/verify-execution-token",
        who=SERVICE,
        body=lambda world: {
            **token_for(world, TokenPurpose.EXECUTE),
            "user_id": str(world.people["mallory"].pk),
        },
    ),
    Scenario(
        operation="POST /api/v1/scripts/access",
        who=SERVICE,
        body=lambda world: {
            **token_for(world, TokenPurpose.EXECUTE),
            "version": None,
            "script_type": "signal",
        },
    ),
    Scenario(
        operation="GET /api/v2/products/{product_id}/usage", who="ada", path=product("listed")
    ),
    Scenario(operation="GET /api/v2/product-subscriptions", who="mallory", query={"limit": "1"}),
    Scenario(
        operation="GET /api/v2/product-subscriptions/{subscription_id}/usage",
        who="mallory",
        path=product_subscription,
    ),
    Scenario(
        operation="PUT /scripts/{script_id}/limits",
        who="ada",
        path=script("published"),
        body=sends(executions_per_minute=600, reads_per_minute=None),
    ),
    Scenario(operation="GET /scripts/{script_id}/limits", who="ada", path=script("published")),
    Scenario(
        operation="POST /api/v2/auth/token",
        who=NOBODY,
        body=sends(username="sam", password=PASSWORD),
    ),
    Scenario(operation="POST /api/v2/auth/refresh", who=NOBODY, body=pair_of("refresh")),
    Scenario(operation="POST /api/v2/auth/revoke", who=NOBODY, body=pair_of("access"), status=204),
    Scenario(operation="POST /api/v2/auth/revoke-all", who="sam"),
    Scenario(
        operation="POST /api/v2/auth/keys",
        who="rita",
        body=sends(name="nightly report", scopes=["data:read", "signals:read"], days=30),
        status=201,
    ),
    Scenario(operation="GET /api/v2/auth/keys", who="rita", query={"limit": "1"}),
    Scenario(
        operation="DELETE /api/v2/auth/keys/{key_id}", who="olga", path=key_of("olga"), status=204
    ),
    Scenario(operation="GET /api/v2/destinations", who="sam", query={"limit": "1"}),
    Scenario(
        operation="POST /api/v2/destinations",
        who="sam",
        body=sends(kind="webhook", name="My robot", address="https://robot.example/hooks"),
        status=201,
    ),
    Scenario(operation="GET /api/v2/destinations/{destination_id}", who="sam", path=of_destination),
    Scenario(
        operation="PATCH /api/v2/destinations/{destination_id}",
        who="sam",
        path=of_destination,
        body=sends(digest_above=60, quiet_from="22:00:00", quiet_until="07:00:00"),
    ),
    Scenario(
        operation="POST /api/v2/destinations/{destination_id}/rotate-secret",
        who="sam",
        path=of_destination,
    ),
    Scenario(
        operation="POST /api/v2/destinations/{destination_id}/test",
        who="sam",
        path=of_destination,
        status=202,
    ),
    Scenario(
        operation="GET /api/v2/destinations/{destination_id}/streams",
        who="sam",
        path=of_destination,
    ),
    Scenario(
        operation="POST /api/v2/destinations/{destination_id}/streams",
        who="sam",
        path=of_destination,
        body=lambda world: {"stream_key": followed(world).stream.key},
        status=201,
    ),
    Scenario(
        operation="POST /api/v2/destinations/{destination_id}/replay",
        who="sam",
        path=of_destination,
        body=lambda world: {"stream_key": followed(world).stream.key, "from_seq": 1},
        status=202,
    ),
    Scenario(operation="GET /api/v2/deliveries", who="sam", query={"state": "failed"}),
    Scenario(
        operation="GET /api/v2/deliveries/{delivery_id}",
        who="sam",
        path=lambda world: {"delivery_id": world.delivery.pk},
    ),
    Scenario(
        operation="POST /api/v2/deliveries/{delivery_id}/resend",
        who="sam",
        path=lambda world: {"delivery_id": world.delivery.pk},
        status=202,
    ),
    Scenario(
        operation="POST /api/v2/destinations/{destination_id}/resend-failed",
        who="sam",
        path=of_destination,
        status=202,
    ),
    Scenario(
        operation="POST /api/v2/market/ticks",
        who="olga",
        body=sends(
            ticks=[
                {**ONE_TICK, "event_id": "1041", "price": 12.5, "size": 200.0},
                {**ONE_TICK, "event_id": "1042", "bid": 12.6, "ask": 12.4},
            ]
        ),
    ),
    Scenario(
        operation="POST /api/v2/market/bars",
        who="olga",
        body=sends(**ONE_BAR, opened_at="2020-02-03T14:30:00Z"),
    ),
    Scenario(
        operation="POST /api/v2/market/corrections",
        who="olga",
        body=a_correction,
    ),
    Scenario(
        operation="GET /api/v2/market/uploads/{upload_id}", who="olga", path=upload_of("olga")
    ),
    # Last: these take away what the others stand on.
    Scenario(
        operation="DELETE /api/v2/destinations/{destination_id}/streams/{following_id}",
        who="sam",
        path=lambda world: {**of_destination(world), "following_id": followed(world).pk},
        status=204,
    ),
    Scenario(
        operation="DELETE /api/v2/destinations/{destination_id}",
        who="sam",
        path=of_destination,
        status=204,
    ),
    Scenario(
        operation="DELETE /api/v2/product-subscriptions/{subscription_id}",
        who="mallory",
        path=product_subscription,
        status=204,
    ),
    Scenario(
        operation="DELETE /scripts/{script_id}/entitlements/{whose}",
        who="ada",
        path=lambda world: {
            "script_id": world.scripts["published"].pk,
            "whose": world.entitlement_id,
        },
        status=204,
    ),
]
