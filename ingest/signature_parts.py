"""Every way in which the parts of a request may have been signed, dialect by dialect."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ingest.signature_variants import Parts, Variant, bodies_of, timestamps_of

MARKS = {b".": "full stops", b"\n": "newlines", b":": "colons", b"|": "bars", b" ": "spaces"}


def _between(mark: bytes, name: str) -> Variant:
    return Variant(
        lambda body, at, who: mark.join((body, at, who)),
        f"signed the parts with {name} between them",
    )


SIGNED_LAYOUTS = (
    Variant(lambda body, at, who: body + at + who),
    Variant(lambda body, at, who: at + body + who, "signed the timestamp before the body"),
    Variant(lambda body, at, who: body + who + at, "signed the producer id before the timestamp"),
    Variant(lambda body, at, who: who + at + body, "signed the parts in the opposite order"),
    Variant(lambda body, at, who: at + who + body, "signed the body last"),
    Variant(lambda body, at, who: body, "signed the body alone"),
    Variant(lambda body, at, who: body + at, "signed no producer id"),
    Variant(lambda body, at, who: at + b"." + body, "signed the timestamp, a full stop, the body"),
    *(_between(mark, name) for mark, name in MARKS.items()),
)
WEBHOOK_LAYOUTS = (
    Variant(lambda body, at, who: who + b"." + at + b"." + body),
    Variant(lambda body, at, who: at + b"." + body, "signed without the webhook-id"),
    Variant(lambda body, at, who: at + b"." + who + b"." + body, "signed the timestamp first"),
    Variant(lambda body, at, who: who + at + body, "signed without the full stops"),
    Variant(lambda body, at, who: body, "signed the body alone"),
    Variant(lambda body, at, who: body + at + who, "signed the body first"),
)


def parts_signed(
    body: bytes,
    timestamp: str,
    sender: str,
    *,
    sent_at: datetime | None,
    other_ids: Sequence[str],
    keys: Sequence[Variant],
) -> Parts:
    """Return the parts of a request in our own form; ``other_ids`` may have been meant."""
    others = [Variant(name, f"signed the producer id as {name}") for name in other_ids]
    return Parts(
        bodies=bodies_of(body),
        senders=[Variant(sender), *(other for other in others if other.value != sender)],
        timestamps=timestamps_of(timestamp, sent_at),
        layouts=SIGNED_LAYOUTS,
        keys=keys,
    )


def parts_of_webhook(
    body: bytes,
    timestamp: str,
    webhook_id: str,
    *,
    sent_at: datetime | None,
    keys: Sequence[Variant],
) -> Parts:
    """Return the parts of a standard webhook."""
    return Parts(
        bodies=bodies_of(body),
        senders=[Variant(webhook_id)],
        timestamps=timestamps_of(timestamp, sent_at),
        layouts=WEBHOOK_LAYOUTS,
        keys=keys,
    )
