"""One request for each operation of the API that succeeds: what the document shows as example.

A new operation needs a line here; then ``WRITE_EXAMPLES=1`` with ``test_examples.py`` plays it and
writes the reply into the document.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from accounts.services.api_keys import issue_api_key
from accounts.services.tokens import start_family
from common.clock import utc_now
from execution.models import Hold
from execution.services.holds import place_hold
from market.bars import PRICES, NewBar
from market.models import Bar, Instrument, Upload
from market.services.bars import record_bars
from registry.models import TokenPurpose
from streams.models import Following
from tests.api.world import MANIFEST, SOURCE, World, issue
from tests.factories import PASSWORD, make_instruments

SERVICE = "another service"
NOBODY = "nobody"  # who is not signed in
LEAKED = "time,value\n2020-01-30T00:00:00Z,118.5\n2020-01-31T00:00:00Z,119.5\n"
Parts = Callable[[World], dict[str, Any]]


def script(name: str) -> Parts:
    return lambda world: {"script_id": world.scripts[name].pk}


def product(name: str) -> Parts:
    return lambda world: {"product_id": world.products[name].pk}


def product_subscription(world: World) -> dict[str, Any]:
    return {"subscription_id": world.product_subscription.pk}


def token_for(world: World, purpose: TokenPurpose) -> dict[str, Any]:
    return {
        "execution_token": issue(world, purpose),
        "product_id": str(world.products["listed"].pk),
    }


def pair_of(which: str) -> Parts:
    """Sign sam in, and send one token of the pair."""

    def signed_in(world: World) -> dict[str, Any]:
        pair = start_family(world.people["sam"], now=utc_now())
        name = "refresh" if which == "refresh" else "token"
        return {name: getattr(pair, which)}

    return signed_in


def upload_of(name: str) -> Parts:
    def begun(world: World) -> dict[str, Any]:
        upload = Upload.objects.create(
            kind="ticks",
            name="ticks.csv",
            size_bytes=4096,
            sha256=64 * "0",
            uploaded_by=world.people[name],
            uploaded_at=utc_now(),
        )
        return {"upload_id": upload.pk}

    return begun


def key_of(name: str) -> Parts:
    def issued(world: World) -> dict[str, Any]:
        user = world.people[name]
        key, _ = issue_api_key(user, name="old", acting_user=user, now=utc_now())
        return {"key_id": key.pk}

    return issued


def of_destination(world: World) -> dict[str, Any]:
    return {"destination_id": world.destination.pk}


def followed(world: World) -> Following:
    return Following.objects.select_related("stream").get(destination=world.destination)


def nothing(world: World) -> dict[str, Any]:
    return {}


def an_instrument_to_hold(world: World) -> dict[str, Any]:
    return {"kind": "instrument", "target": spare("SPARE"), "reason": "Its prices are wrong."}


def a_hold(world: World) -> dict[str, Any]:
    """Have olga hold an instrument in her house."""
    olga, key = world.people["olga"], spare("UNUSED")
    hold = Hold.objects.filter(target=key, placed_by=olga, lifted_at=None).first()
    if hold is None:
        hold, _ = place_hold(
            "instrument", key, reason="Looks wrong.", acting_user=olga, now=utc_now()
        )
    return {"hold_id": hold.pk}


def spare(key: str) -> str:
    """Return the key of an instrument that nothing else here is about."""
    if not Instrument.objects.filter(key=key).exists():
        make_instruments([key])
    return key


ONE_BAR: dict[str, Any] = {
    "instrument": "AAPL",
    "timeframe": "1m",
    "open": 12.5,
    "high": 12.75,
    "low": 12.25,
    "close": 12.5,
    "volume": 4200.0,
}


def a_correction(world: World) -> dict[str, Any]:
    """Have the bar recorded that is to be corrected."""
    opened_at = datetime(2020, 2, 3, 14, 30, tzinfo=UTC)
    named: dict[str, Any] = {"instrument_key": "AAPL", "timeframe": "1m", "opened_at": opened_at}
    if not Bar.objects.filter(**named).exists():
        numbers = {name: ONE_BAR[name] for name in (*PRICES, "volume")}
        record_bars([NewBar(**named, **numbers)], now=utc_now())
    return {
        "bars": [
            {**ONE_BAR, "opened_at": "2020-02-03T14:30:00Z", "close": 12.25, "volume": 4250.0}
        ],
        "reason": "The exchange corrected the last trade.",
        "known_at": "2020-02-03T15:10:00Z",
    }


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Who sends what where, and which status is right."""

    operation: str
    who: str
    path: Parts = nothing
    query: dict[str, str] = field(default_factory=dict)
    body: Parts | None = None
    status: int = 200
    needs_worker: bool = False


def sends(**body: Any) -> Parts:
    return lambda world: body


def as_reviewed(world: World) -> dict[str, Any]:
    return {
        "reviewed_sha256": world.submitted.source_sha256,
        "reviewed_manifest_sha256": world.submitted.manifest_sha256,
        "note": "Reads closed bars only.",
    }


ONE_TICK = {"instrument": "AAPL", "at": "2020-02-03T14:30:01.5Z", "source": "exchange-feed"}
ON_AAPL = {"instrument": "AAPL", "timeframe": "1d"}

SCENARIOS = [
    # First: later on there are runs of hers that may be done or not.
    Scenario(operation="GET /api/v2/limits", who="ada"),
    Scenario(operation="GET /scripts", who="sam", query={"limit": "1"}),
    Scenario(
        operation="POST /scripts",
        who="ada",
        body=sends(name="Mean of closes", description="Of twenty days.", source=SOURCE, **MANIFEST),
        status=201,
    ),
    Scenario(operation="GET /scripts/{script_id}", who="ada", path=script("draft")),
    Scenario(
        operation="PATCH /scripts/{script_id}",
        who="ada",
        path=script("draft"),
        body=sends(description="The mean of twenty closes.", timeframe="1h"),
    ),
    Scenario(operation="GET /scripts/{script_id}/versions", who="sam", path=script("published")),
    Scenario(
        operation="GET /scripts/{script_id}/versions/{version}",
        who="rita",
        path=lambda world: {"script_id": world.scripts["published"].pk, "version": "1.0.0"},
    ),
    Scenario(
        operation="POST /scripts/{script_id}/submit",
        who="ada",
        path=script("to submit"),
        body=sends(release_note="First version."),
    ),
    Scenario(
        operation="POST /scripts/{script_id}/request-changes",
        who="rita",
        path=script("to send back"),
        body=sends(note="Say what the period means."),
    ),
    Scenario(
        operation="POST /scripts/{script_id}/approve",
        who="rita",
        path=script("submitted"),
        body=as_reviewed,
    ),
    Scenario(
        operation="POST /scripts/{script_id}/publish",
        who="ada",
        path=script("approved"),
        body=sends(version="1.0.0"),
    ),
    Scenario(
        operation="GET /api/v2/signals/version-policy/{script_id}",
        who="ada",
        path=script("published"),
    ),
    Scenario(
        operation="GET /api/v2/signals/version-policy/{script_id}/versions",
        who="ada",
        path=script("published"),
    ),
    Scenario(
        operation="POST /api/v2/signals/version-policy/{script_id}/versions/{version}/publish",
        who="ada",
        path=lambda world: {"script_id": world.scripts["approved too"].pk, "version": "1.0.0"},
        query={"breaking_changes": "false"},
    ),
    Scenario(
        operation="GET /api/v2/signals/version-policy/recommendations/{script_id}",
        who="ada",
        path=script("published"),
    ),
    Scenario(
        operation="GET /api/v2/signals/recommendations/{script_id}",
        who="ada",
        path=script("published"),
    ),
    Scenario(
        operation="POST /scripts/{script_id}/rollback",
        who="olga",
        path=script("published"),
        body=sends(version="1.0.0", reason="1.1.0 trades twice."),
    ),
    Scenario(
        operation="PUT /api/v2/signals/version-policy/{script_id}",
        who="ada",
        path=script("published"),
        body=sends(policy="range", min_version="1.0.0", max_version="1.999.0"),
    ),
    Scenario(
        operation="GET /scripts/{script_id}/entitlements", who="olga", path=script("published")
    ),
    Scenario(
        operation="POST /scripts/{script_id}/entitlements",
        who="ada",
        path=script("published"),
        body=sends(user="pia", reason="Trial month."),
        status=201,
    ),
    Scenario(
        operation="POST /api/v2/admin/holds",
        who="olga",
        body=an_instrument_to_hold,
        status=201,
    ),
    Scenario(operation="GET /api/v2/admin/holds", who="olga"),
    Scenario(
        operation="DELETE /api/v2/admin/holds/{hold_id}",
        who="olga",
        path=a_hold,
        status=204,
    ),
    Scenario(
        operation="POST /scripts/{script_id}/execute",
        who="sam",
        path=script("published"),
        body=sends(**ON_AAPL, params={"period": 20}),
        needs_worker=True,
    ),
    Scenario(
        operation="POST /scripts/{script_id}/subscribe",
        who="sam",
        path=script("published"),
        body=sends(**ON_AAPL, params={"period": 5}),
    ),
    Scenario(
        operation="DELETE /subscriptions/{subscription_id}",
        who="sam",
        path=lambda world: {"subscription_id": world.subscription.pk},
        status=204,
    ),
    Scenario(
        operation="GET /api/v2/signals/execution/status/{execution_id}",
        who="sam",
        path=lambda world: {"execution_id": world.execution_id},
    ),
    Scenario(
        operation="GET /api/v2/signals/sdk/signals/streams",
        who="sam",
        query={"instruments": "AAPL"},
    ),
    Scenario(
        operation="POST /api/v2/signals/sdk/signals/subscribe",
        who="sam",
        body=lambda world: {
            "instrument": "AAPL",
            "personal_signal_id": str(world.scripts["published"].pk),
        },
    ),
    Scenario(
        operation="GET /signals/{instrument_key}/custom/{script_id}",
        who="sam",
        path=lambda world: {
            "instrument_key": "AAPL",
            "script_id": world.scripts["published"].pk,
        },
    ),
    Scenario(
        operation="GET /signals/{instrument_key}/custom/{script_id}/history",
        who="sam",
        path=lambda world: {
            "instrument_key": "AAPL",
            "script_id": world.scripts["published"].pk,
        },
        query={"timeframe": "1d", "params": "{}", "confirmed": "true", "limit": "2"},
    ),
    Scenario(
        operation="GET /data/market",
        who="sam",
        query={"instrument": "AAPL", "timeframe": "1d", "bars": "2"},
    ),
    Scenario(
        operation="GET /data/metrics",
        who="sam",
        query={"instrument": "AAPL", "name": "realised_volatility"},
    ),
    Scenario(
        operation="GET /data/scripts/{script_id}/latest",
        who="sam",
        path=script("published"),
        query={"instrument": "AAPL"},
    ),
    Scenario(
        operation="GET /data/scripts/{script_id}/history",
        who="sam",
        path=script("published"),
        query={"instrument": "AAPL", "limit": "10"},
    ),
    Scenario(
        operation="GET /scripts/{script_id}/access",
        who="olga",
        path=script("published"),
        query={"user": "sam"},
    ),
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
