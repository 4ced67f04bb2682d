"""Marks that could not be made: kept until they are audited, one event for many of a kind.

A delivery is marked inside an event loop, which must not wait for the database.
"""

from __future__ import annotations

import threading
from collections import Counter
from uuid import UUID

from django.db import transaction

from accounts import audit
from common.clock import utc_now
from registry.models import ProductSubscription, Script

_lock = threading.Lock()
_failures: Counter[tuple[UUID, UUID, str]] = Counter()


def note(subscription_id: UUID, script_id: UUID, reason: str) -> None:
    """Remember that an output of a script could not be marked for a subscription."""
    with _lock:
        _failures[subscription_id, script_id, reason] += 1


def are_waiting() -> bool:
    """Tell whether there is anything to write."""
    return bool(_failures)


def write() -> None:
    """Audit what was noted since the last time."""
    with _lock:
        waiting = _failures.copy()
    for failure, count in waiting.items():
        _write(*failure, count)
        # What cannot be written stays for the next time, and so does what came meanwhile.
        with _lock:
            _failures.subtract({failure: count})
            if not _failures[failure]:
                del _failures[failure]


@transaction.atomic
def _write(subscription_id: UUID, script_id: UUID, reason: str, count: int) -> None:
    script = Script.objects.select_related("tenant").get(pk=script_id)
    subscription = ProductSubscription.objects.filter(pk=subscription_id).first()
    audit.record(
        "watermark_failed",
        subscription or script,
        chain=script.tenant.slug,
        acting_user=None,
        now=utc_now(),
        after={"script": str(script_id), "outputs": count},
        reason=reason,
    )
