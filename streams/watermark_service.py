"""Mark an output that another service of the platform delivers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from common.canonical import NotStorable, digest, storable_json
from common.clock import NaiveInstant, parse_instant
from common.errors import InvalidInput, NotFound
from registry.models import ProductSubscription
from streams import watermark
from streams.watermarks.embedding import WATERMARK, Place
from streams.watermarks.rules import tolerances_of

OUTPUT = ("value", "timestamp", "metadata")


class NoSuchReader(NotFound):
    """There is no subscription with this id to a product of this script."""

    code = "no_such_reader"


class NotAnOutput(InvalidInput):
    """A payload has a timestamp with a zone, and metadata that is an object."""

    code = "not_an_output"


def mark_payload(
    script_id: UUID, subscription_id: UUID, payload: Mapping[str, Any]
) -> tuple[dict[str, Any], str]:
    """Return a payload marked for a subscription, and the hash of its mark.

    What it holds besides ``value``, ``timestamp`` and ``metadata`` stays; ``instrument``,
    ``timeframe`` and ``params`` say to which stream it belongs.

    Raises
    ------
    NoSuchReader
        The subscription is unknown, or not to a product of the script.
    NotAnOutput
        The payload lacks what a mark rests on.
    streams.watermark.WatermarkFailed
        It cannot be marked.
    """
    subscriptions = ProductSubscription.objects.select_related("product__script__current_version")
    reader = subscriptions.filter(pk=subscription_id, product__script=script_id).first()
    if reader is None:
        raise NoSuchReader(subscription_id=str(subscription_id))
    version = reader.product.script.current_version
    manifest = version.manifest if version else {"output_schema": {}}
    timeframe = payload.get("timeframe") or (version.timeframe if version else "1d")
    given = watermark.mark_anyway(
        _output(payload),
        tolerances_of(manifest),
        place=_place(script_id, timeframe, payload),
        subscription_id=subscription_id,
    )
    return {**payload, **given}, given["metadata"][WATERMARK]["hash"]


def _output(payload: Mapping[str, Any]) -> dict[str, Any]:
    try:
        storable_json(payload)
    except NotStorable:
        raise NotAnOutput("payload: only finite numbers and whole text.", field="payload") from None
    metadata = payload.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise NotAnOutput(field="payload.metadata")
    try:
        at = parse_instant(str(payload.get("timestamp", "")), field="payload.timestamp")
    except NaiveInstant:
        raise NotAnOutput(field="payload.timestamp") from None
    return {"value": payload.get("value"), "timestamp": at.isoformat(), "metadata": metadata}


def _place(script_id: UUID, timeframe: Any, payload: Mapping[str, Any]) -> Place:
    params = payload.get("params") or {}
    if not isinstance(params, dict):
        raise NotAnOutput("params: is an object.", field="payload.params")
    instrument_key = payload.get("instrument_key") or payload.get("instrument") or ""
    return Place(str(script_id), str(instrument_key), str(timeframe), digest(params))
