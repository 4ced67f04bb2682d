"""What the live page is told of one script on one instrument."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from accounts.models import User
from common.clock import utc_now
from execution.models import Subscription
from market.models import Bar, Instrument
from market.timeframes import Timeframe
from registry.models import Script
from registry.product_access import product_subscription_of
from signalhub.overview import FeedState, current_feed
from signalhub.plot_hints import lines_of
from streams.models import Stream

SUBSCRIBE_PATH = "/scripts/{script_id}/subscribe"  # of the API, as its contract spells it

SHORTEST = "1m"
TRIGGERS = ("bar",)


def state_of(
    script: Script, instrument_key: str, *, user: User, with_lines: bool
) -> dict[str, Any]:
    """Return which streams a script has on an instrument, how it runs there and how it is drawn.

    ``suspension`` is a sentence while the script may not run, else empty. ``cadence_seconds`` is
    how often a bar is due by the clock on the wall; null when none is. ``repaints`` is the label
    that the current version's reviewer gave it. ``subscription`` is the user's own.
    """
    feed = current_feed(now=utc_now())
    product = product_subscription_of(user.pk, script.pk, at=utc_now())
    version = script.current_version
    timeframe = timeframe_of(script)
    return {
        "script": {
            "name": script.name,
            "version": version.version if version else "",
            "owner": script.owner.get_username(),
        },
        "timeframe": {"name": timeframe.name, "seconds": timeframe.seconds},
        "instrument": _instrument(instrument_key),
        "forming_from": _forming_from(instrument_key, timeframe),
        "streams": _streams(script, instrument_key, product.product_id if product else None),
        "running_on": running_on(script),
        "subscription": _subscription(script, instrument_key, user),
        "triggers": TRIGGERS,
        "subscribe_url": SUBSCRIBE_PATH.format(script_id=script.pk),
        "feed": _feed_body(feed),
        "cadence_seconds": _cadence_seconds(timeframe, feed),
        "suspension": suspension(script),
        "repaints": repaints(script),
        **({"lines": lines_of(version) if version else []} if with_lines else {}),
    }


def running_on(script: Script) -> list[str]:
    """Return the instruments that somebody runs a script on."""
    active = Subscription.objects.filter(script=script, ended_at=None)
    return sorted(set(active.values_list("instrument_key", flat=True)))


def timeframe_of(script: Script) -> Timeframe:
    """Return the timeframe that a script's current version was written for."""
    version = script.current_version
    return Timeframe(version.timeframe if version else "1d")


def suspension(script: Script) -> str:
    """Return why a script may not run at present, or nothing."""
    version = script.current_version
    if version is None or version.suspended_at is None:
        return ""
    return (
        f"{version} is suspended since {version.suspended_at:%Y-%m-%d %H:%M} UTC: it does not run "
        "until an operator has looked at it. What it put out before stays."
    )


def repaints(script: Script) -> bool:
    """Return whether the reviewer of the current version labelled it so."""
    return script.current_version is not None and script.current_version.repaints


def _forming_from(instrument_key: str, timeframe: Timeframe) -> str | None:
    """Return which shorter bars tell how the bar stands that has not closed yet."""
    if timeframe.seconds <= Timeframe(SHORTEST).seconds:
        return None
    known = Bar.objects.filter(instrument_key=instrument_key, timeframe=SHORTEST)
    return SHORTEST if known.exists() else None


def _instrument(key: str) -> dict[str, str] | None:
    found = Instrument.objects.filter(key=key)
    return found.values("key", "name", "exchange", "timezone", "currency").first()


def _streams(script: Script, instrument_key: str, product_id: UUID | None) -> list[dict[str, str]]:
    streams = Stream.objects.filter(
        script=script,
        product=product_id,
        instrument_key=instrument_key,
        timeframe=timeframe_of(script).name,
    )
    ordered = sorted(streams, key=lambda stream: (len(stream.params), stream.pk))
    return [{"key": stream.key, "label": _label(stream.params)} for stream in ordered]


def _label(params: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in sorted(params.items())) or "default"


def _subscription(script: Script, instrument_key: str, user: User) -> dict[str, str] | None:
    own = Subscription.objects.filter(
        script=script, instrument_key=instrument_key, user=user, ended_at=None
    ).first()
    return None if own is None else {"id": str(own.pk), "said": "every closed bar"}


def _feed_body(feed: FeedState | None) -> dict[str, bool] | None:
    return None if feed is None else {"paused": feed.paused, "finished": feed.finished}


def _cadence_seconds(timeframe: Timeframe, feed: FeedState | None) -> float | None:
    if feed is None:
        return float(timeframe.seconds)
    if feed.paused or feed.finished:
        return None
    return 1 / feed.bars_per_second
