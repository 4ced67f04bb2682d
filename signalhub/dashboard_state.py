"""What the live page is told of one script on one instrument."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

from accounts.models import User
from common.clock import utc_now
from execution.models import Silence, Subscription, Trigger
from execution.queries import last_run_ends
from market.calendars import calendar_of
from market.models import Bar, Instrument, TickFeed
from market.queries import UnknownInstrument
from market.timeframes import Timeframe
from registry.models import Script
from registry.product_access import product_subscription_of
from signalhub.overview import FeedState, feed_of
from signalhub.plot_hints import lines_of
from streams import keys
from streams.models import Stream

# Of the API, as its contract spells them.
SUBSCRIBE_PATH = "/scripts/{script_id}/subscribe"
HISTORY_PATH = "/signals/{instrument_key}/custom/{script_id}/history"

SHORTEST = "1m"
PRICES_WITHIN = timedelta(hours=1)
# A market whose newest bar is older than the longest pause of an exchange is none of today.
LIVE_WITHIN = timedelta(days=5)


def state_of(
    script: Script, instrument_key: str, *, user: User, with_lines: bool
) -> dict[str, Any]:
    """Return which streams a script has on an instrument, how it runs there and how it is drawn.

    ``suspension`` is a sentence while the script may not run, else empty. ``cadence_seconds`` is
    how often a replay brings a bar by the clock on the wall; ``next_due`` when an exchange's next
    bar closes; null when nothing is due. ``repaints`` is the label that the current version's
    reviewer gave it. ``subscriptions`` are the user's own. A stream's ``spoke_at`` is when its
    newest run ended, whether or not it put anything out; one that should have spoken and did not
    has ``expected_by``, when it should have at the latest; the others have null there.

    Raises
    ------
    UnknownInstrument
        There is no such instrument.
    """
    instrument = _instrument(instrument_key)
    now = utc_now()
    feed = feed_of(instrument_key, now=now)
    next_due = _next_due(instrument, timeframe_of(script), now=now)
    if feed is not None and feed.finished and next_due is not None:
        feed = None  # its bars come from the market by now
    product = product_subscription_of(user.pk, script.pk, at=now)
    version = script.current_version
    timeframe = timeframe_of(script)
    return {
        "script": {
            "name": script.name,
            "version": version.version if version else "",
            "owner": script.owner.get_username(),
        },
        "timeframe": {"name": timeframe.name, "seconds": timeframe.seconds},
        "instrument": instrument,
        "forming_from": _forming_from(instrument_key, timeframe),
        "price_stream": _price_stream(instrument_key, now=now),
        "streams": _streams(script, instrument_key, product.product_id if product else None),
        "running_on": running_on(script),
        "subscriptions": _subscriptions(script, instrument_key, user),
        "subscribe_url": SUBSCRIBE_PATH.format(script_id=script.pk),
        "history_url": HISTORY_PATH.format(
            instrument_key=quote(instrument_key, safe=""), script_id=script.pk
        ),
        "feed": _feed_body(feed),
        "cadence_seconds": _cadence_seconds(feed, timeframe),
        "next_due": None if feed else next_due,
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


def _instrument(key: str) -> Mapping[str, Any]:
    found = Instrument.objects.filter(key=key) if key.isprintable() else Instrument.objects.none()
    known = found.values("key", "name", "exchange", "timezone", "currency").first()
    if known is None:
        raise UnknownInstrument(field="instrument")
    return known


def _price_stream(instrument_key: str, *, now: datetime) -> str | None:
    """Return the stream of an instrument's prices while there are any."""
    traded = TickFeed.objects.filter(
        instrument_key=instrument_key, newest_at__gt=now - PRICES_WITHIN
    )
    key = keys.make(keys.PublicKey(instrument_key, "price"))
    return key if traded.exists() and Stream.objects.filter(key=key).exists() else None


def _next_due(instrument: Mapping[str, Any], timeframe: Timeframe, *, now: datetime) -> str | None:
    """Return when the exchange closes the bar after the newest one."""
    bars = Bar.objects.filter(instrument_key=instrument["key"], timeframe=timeframe.name)
    newest = bars.order_by("-opened_at").values_list("closes_at", flat=True).first()
    if newest is None or now - newest > LIVE_WITHIN + timedelta(seconds=timeframe.seconds):
        return None
    return calendar_of(instrument["exchange"]).next_close(timeframe, newest).isoformat()


def _streams(script: Script, instrument_key: str, product_id: UUID | None) -> list[dict[str, Any]]:
    streams = Stream.objects.filter(
        script=script,
        product=product_id,
        instrument_key=instrument_key,
        timeframe=timeframe_of(script).name,
    )
    ordered = sorted(streams, key=lambda stream: (len(stream.params), stream.pk))
    spoke_at = last_run_ends(script.pk, instrument_key, timeframe_of(script).name)
    silent = dict(
        Silence.objects.filter(stream__in=ordered, ended_at=None).values_list(
            "stream_id", "expected_by"
        )
    )
    return [
        {
            "key": stream.key,
            "label": _label(stream.params),
            "params": stream.params,
            "spoke_at": _said_at(spoke_at.get(stream.pk)),
            "expected_by": _said_at(silent.get(stream.pk)),
        }
        for stream in ordered
    ]


def _said_at(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()


def _label(params: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in sorted(params.items())) or "default"


def _subscriptions(script: Script, instrument_key: str, user: User) -> list[dict[str, str]]:
    own = Subscription.objects.filter(
        script=script, instrument_key=instrument_key, user=user, ended_at=None
    )
    return [{"id": str(one.pk), "said": _said(one)} for one in own.order_by("pk")]


def _said(subscription: Subscription) -> str:
    label = str(Trigger(subscription.trigger).label)
    return f"{label}: {subscription.schedule}" if subscription.schedule else label


def _feed_body(feed: FeedState | None) -> dict[str, bool] | None:
    return None if feed is None else {"paused": feed.paused, "finished": feed.finished}


def _cadence_seconds(feed: FeedState | None, timeframe: Timeframe) -> float | None:
    if feed is None or feed.paused or feed.finished:
        return None
    # A longer bar takes as many of the recording's as fit into it.
    steps = max(1.0, timeframe.seconds / Timeframe(feed.timeframe).seconds)
    return steps / feed.bars_per_second
