"""Move signals along: new, queued, closed."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import Role, User
from accounts.principals import principal_of
from common.errors import Conflict, NotFound
from ingest.models import Signal, SignalStatus

PREDECESSOR = {
    SignalStatus.QUEUED: SignalStatus.NEW,
    SignalStatus.CLOSED: SignalStatus.QUEUED,
}


class NoSuchSignal(NotFound):
    """There is no such signal, or you may not know of it."""

    code = "no_such_signal"


class SignalNotInState(Conflict):
    """A signal is queued when it is new, and closed when it is queued."""

    code = "signal_not_in_state"


@transaction.atomic
def advance_signal(signal: Signal, *, to: SignalStatus, acting_user: User, now: datetime) -> Signal:
    """Queue a new signal, or close a queued one.

    Raises
    ------
    RoleRequired, NoSuchSignal
        The acting user is no operator, or one of another tenant.
    SignalNotInState
        The signal is not in the state before ``to``.
    """
    principal = principal_of(acting_user)
    principal.require_role(Role.OPERATOR)
    if signal.producer is None or signal.producer.tenant_id != principal.tenant_id:
        raise NoSuchSignal(signal=str(signal.pk))
    before = PREDECESSOR.get(to)
    if before is None:
        raise SignalNotInState(signal=str(signal.pk))
    # The state before is part of the WHERE clause: of two operators at once, one updates the row.
    updated = Signal.objects.filter(pk=signal.pk, status=before.value).update(status=to)
    if updated == 0:
        raise SignalNotInState(signal=str(signal.pk))
    audit.record(
        f"signal_{to.label}",
        signal,
        chain=principal.tenant_slug,
        acting_user=acting_user,
        now=now,
        before={"status": before.label},
        after={"status": to.label},
    )
    signal.refresh_from_db()
    return signal
