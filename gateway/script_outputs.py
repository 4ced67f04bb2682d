"""The outputs of a script, for somebody who asks over HTTP rather than from another script."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts.models import User
from common.canonical import digest
from common.errors import NotFound
from gateway.requests import UpstreamOutputs
from registry import access
from registry.models import Script
from streams import queries as stream_queries
from streams import watermark
from streams.models import Stream

STREAMS_NAMED = 20


class NoOutputsYet(NotFound):
    """The script has put nothing out for this instrument, timeframe and params."""

    code = "no_outputs_yet"


def require_script(user: User, script_id: uuid.UUID, *, at: datetime) -> Script:
    """Return a script whose outputs a user may read.

    Raises
    ------
    NotEntitled
        A member of the script's tenant has no right to it.
    NoSuchScript
        Unknown, or of another tenant: they look the same.
    """
    script = Script.objects.select_related("owner", "current_version").filter(pk=script_id).first()
    if script is None:
        raise access.NoSuchScript(script_id=str(script_id))
    access.require_access(user, script, at=at)
    return script


def require_stream(
    script: Script,
    *,
    instrument_key: str,
    timeframe: str,
    params: Mapping[str, Any],
    product_id: uuid.UUID | None = None,
) -> Stream:
    """Return the stream of a script's outputs, or raise NoOutputsYet naming those there are.

    With a product, of what was computed for that product's subscribers.
    """
    streams = Stream.objects.filter(script=script, product=product_id, seq__gt=0)
    found = streams.filter(
        instrument_key=instrument_key, timeframe=timeframe, params_sha256=digest(dict(params))
    ).first()
    if found is None:
        available = streams.order_by("key").values("instrument_key", "timeframe", "params")
        raise NoOutputsYet(
            f"{script.name} has put nothing out for {instrument_key} {timeframe} "
            "with these params.",
            available=list(available[:STREAMS_NAMED]),
        )
    return found


def as_upstream(stream: Stream) -> UpstreamOutputs:
    """Return a stream as what a reader may read, its newest output as the latest."""
    newest = stream_queries.latest_output(stream)
    return UpstreamOutputs(
        stream_id=stream.pk,
        latest=watermark.body_of(newest) if newest else None,
        place=watermark.place_of(stream),
        tolerance=newest.tolerance if newest else None,
    )


def timeframe_of(script: Script) -> str:
    """Return the timeframe of a script's published version; NoOutputsYet without one."""
    if script.current_version is None:
        raise NoOutputsYet(f"{script.name} has no published version yet.")
    return script.current_version.timeframe
