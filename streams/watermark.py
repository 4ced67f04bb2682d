"""What a reader is given of a script's outputs: the only way out for exact values.

The owner, whoever has a right of their own, overseers and replays see what the script put out.
Whoever reads under a product subscription gets each output marked for that subscription, wherever
they read it: over a socket, over HTTP, or from a script of theirs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings

from common.errors import Unavailable
from registry import product_access
from registry.models import ProductSubscription
from streams import watermark_failures
from streams.frames import Frame, to_text
from streams.models import Output, Stream
from streams.watermark_policy import AUDIT_ONLY, SECRET_MIN_LENGTH
from streams.watermarks import rules
from streams.watermarks.embedding import Body, Mark, MarkRefused, Place, key_of
from streams.watermarks.rules import read_tolerances

FAILURES = (MarkRefused, ArithmeticError, ValueError, TypeError, LookupError)
log = structlog.get_logger(__name__)
Tolerance = Mapping[str, Mapping[str, float]]  # as a manifest and an output keep it
Tolerances = tuple[rules.Tolerance, ...]


class WatermarkFailed(Unavailable):
    """This output cannot be marked for your subscription at the moment, so it is held back."""

    code = "watermark_failed"


def place_of(stream: Stream) -> Place:
    """Return the series that the outputs of a script's stream belong to."""
    return Place(
        str(stream.script_id), stream.instrument_key, stream.timeframe, stream.params_sha256
    )


def reading_subscription(user_id: int, script_id: UUID, *, at: datetime) -> UUID | None:
    """Return the subscription for which a user's copies are marked; None for exact values."""
    if not settings.WATERMARK_ENFORCEMENT_ENABLED:
        return None
    return marked_for(product_access.product_subscription_of(user_id, script_id, at=at))


def marked_for(right: ProductSubscription | None) -> UUID | None:
    """Return the subscription for which copies are marked, of what ``require_right`` found."""
    return right.pk if right is not None and settings.WATERMARK_ENFORCEMENT_ENABLED else None


def give(
    exact: Body, tolerance: Tolerance | None, *, place: Place, subscription_id: UUID | None
) -> Body:
    """Return an output as a reader gets it: ``value``, ``timestamp`` and ``metadata``.

    Raises
    ------
    WatermarkFailed
        It cannot be marked, and the policy is to hold back what is not.
    """
    (given,) = give_all([(exact, tolerance)], place=place, subscription_id=subscription_id)
    return given


def give_all(
    outputs: Sequence[tuple[Body, Tolerance | None]],
    *,
    place: Place,
    subscription_id: UUID | None,
) -> list[Body]:
    """Return outputs of one series as ``give`` does; a failure among them is audited at once."""
    try:
        return [
            _given(exact, read_tolerances(tolerance), place, subscription_id)
            for exact, tolerance in outputs
        ]
    finally:
        watermark_failures.write()


def mark_anyway(
    exact: Body, tolerance: Tolerance | None, *, place: Place, subscription_id: UUID
) -> Body:
    """Return an output marked for a subscription, whatever the policy says of failures.

    Raises
    ------
    WatermarkFailed
        It cannot be marked.
    """
    try:
        return _marked(exact, read_tolerances(tolerance), place, subscription_id)
    except FAILURES as error:
        log.error("watermark_failed", subscription=str(subscription_id), reason=str(error))
        raise WatermarkFailed() from error


def give_output(output: Output, *, subscription_id: UUID | None) -> Body:
    """Return a stored output, whose stream is loaded with it, as its reader gets it.

    Raises
    ------
    WatermarkFailed
        As for ``give``.
    """
    return give(
        body_of(output),
        output.tolerance,
        place=place_of(output.stream),
        subscription_id=subscription_id,
    )


def give_frame(frame: Frame, *, place: Place | None, subscription_id: UUID | None) -> Frame:
    """Return a data frame as a reader gets it.

    It runs inside an event loop: whoever calls it lets ``watermark_failures.write`` follow.

    Raises
    ------
    WatermarkFailed
        As for ``give``.
    """
    if subscription_id is None or place is None or not settings.WATERMARK_ENFORCEMENT_ENABLED:
        return frame
    return _marked_frame(
        frame,
        place,
        subscription_id,
        settings.WATERMARK_SECRET,
        settings.WATERMARK_ENFORCEMENT_POLICY,
    )


# The sockets of one subscriber share the text, as those of everybody else do.
@lru_cache(maxsize=2048)
def _marked_frame(
    frame: Frame, place: Place, subscription_id: UUID, secret: str, policy: str
) -> Frame:
    body, exact, tolerances = _read(frame)
    given = _given(exact, tolerances, place, subscription_id)
    return Frame(frame.seq, frame.epoch, to_text({**body, **given}))


# A frame is read once for all its readers; nothing of it is changed.
@lru_cache(maxsize=256)
def _read(frame: Frame) -> tuple[dict[str, Any], Body, Tolerances]:
    body = json.loads(frame.text)
    exact = {name: body[name] for name in ("value", "timestamp", "metadata")}
    return body, exact, read_tolerances(json.loads(frame.tolerance or "null"))


def _given(exact: Body, tolerances: Tolerances, place: Place, subscription_id: UUID | None) -> Body:
    if subscription_id is None or not settings.WATERMARK_ENFORCEMENT_ENABLED:
        return exact
    try:
        return _marked(exact, tolerances, place, subscription_id)
    except FAILURES as error:
        reason = str(error) if isinstance(error, MarkRefused) else repr(error)
        log.error("watermark_failed", subscription=str(subscription_id), reason=reason)
        watermark_failures.note(subscription_id, UUID(place.script_id), reason)
        if settings.WATERMARK_ENFORCEMENT_POLICY == AUDIT_ONLY:
            return exact
        raise WatermarkFailed() from error


def _marked(exact: Body, tolerances: Tolerances, place: Place, subscription_id: UUID) -> Body:
    mark = mark_of(subscription_id, place)
    marked = mark.output(exact, tolerances)
    mark.verify(exact, marked, tolerances)
    return marked


def mark_of(subscription_id: UUID, place: Place) -> Mark:
    """Return the mark of a subscription in a series of outputs.

    Raises
    ------
    MarkRefused
        There is no secret to make it with.
    """
    return Mark(str(subscription_id), subscription_key(str(subscription_id)), place)


def subscription_key(subscription_id: str) -> bytes:
    """Return the key of a subscription's marks, under this installation's secret."""
    secret = settings.WATERMARK_SECRET
    if len(secret) < SECRET_MIN_LENGTH:
        raise MarkRefused(f"WATERMARK_SECRET has fewer than {SECRET_MIN_LENGTH} characters")
    return _key(secret, subscription_id)


@lru_cache(maxsize=4096)
def _key(secret: str, subscription_id: str) -> bytes:
    return key_of(secret.encode(), subscription_id)


def body_of(output: Output) -> Body:
    """Return a stored output as it is marked: the instant is spelled as everywhere else."""
    return {
        "value": output.value,
        "timestamp": output.timestamp.isoformat(),
        "metadata": output.metadata,
    }
