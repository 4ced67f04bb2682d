"""What requests of the API are made of: who asks, about which thing of the world, with what."""

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
from tests.api.world import World, issue
from tests.factories import make_instruments

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
