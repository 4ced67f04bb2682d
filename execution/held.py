"""What is held: which hold covers a run, and which runs a hold covers."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import connection
from django.db.models import Q

from common import row_scope
from common.errors import Conflict
from execution.models import Hold, HoldKind
from registry.models import Script

# Whoever starts something shares it; whoever places a hold has it alone, so that a hold that has
# committed is seen by every start after it, and every start before it is seen by the hold.
_LOCK = "hashtextextended('signalhub:holds', 0)"


def lock_for_starting() -> None:
    """Hold off the placing of holds until the transaction ends; what was placed before is seen."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock_shared({_LOCK})")


def lock_for_placing() -> None:
    """Hold off every start until the transaction ends; what was started before is seen."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock({_LOCK})")


class Held(Conflict):
    """An operator has stopped this, so nothing of it runs until the hold is lifted; ask them."""

    code = "held"


@row_scope.for_the_platform
def active_holds() -> list[Hold]:
    """Return what is held, the oldest hold first."""
    return list(Hold.objects.filter(lifted_at=None).select_related("placed_by").order_by("pk"))


def hold_on(script: Script, instrument_key: str | None = None) -> Hold | None:
    """Return a hold that covers runs of a script, on an instrument where one is named, or None."""
    return hold_among(active_holds(), script, instrument_key)


def hold_among(holds: Iterable[Hold], script: Script, instrument_key: str | None) -> Hold | None:
    """Return the first of some holds that covers a script's runs on an instrument, or None."""
    return next((hold for hold in holds if covers(hold, script, instrument_key)), None)


def covers(hold: Hold, script: Script, instrument_key: str | None) -> bool:
    """Tell whether a hold covers a script's runs on an instrument."""
    if hold.tenant_id is not None and hold.tenant_id != script.tenant_id:
        return False
    targets = {
        HoldKind.EVERYTHING: hold.target,
        HoldKind.TENANT: hold.target,  # its tenant was compared above
        HoldKind.AUTHOR: str(script.owner_id),
        HoldKind.SCRIPT: str(script.pk),
        HoldKind.INSTRUMENT: instrument_key,
    }
    return targets[HoldKind(hold.kind)] == hold.target


def require_not_held(script: Script, instrument_key: str | None = None) -> None:
    """Raise Held, naming whom to ask, when a hold covers runs of a script."""
    hold = hold_on(script, instrument_key)
    if hold is not None:
        told = told_of(hold)
        raise Held(told["message"], hold=told["hold"], ask=told["ask"])


def told_of(hold: Hold) -> dict[str, str]:
    """Return the error of what a hold stopped; its reason is for operators only."""
    return {
        "code": Held.code,
        "message": f"Runs of {hold} are on hold since {hold.placed_at:%Y-%m-%d %H:%M} UTC: nothing "
        f"of it runs until that is lifted. Ask {hold.placed_by.username}, who placed the hold.",
        "hold": str(hold.pk),
        "ask": hold.placed_by.username,
    }


def covered_by(hold: Hold, *, script: str = "version__script") -> Q:
    """Return the condition on rows that a hold covers: executions, trials and plans.

    ``script`` is where rows have their script.
    """
    within = Q() if hold.tenant_id is None else Q(**{f"{script}__tenant": hold.tenant_id})
    if hold.kind == HoldKind.AUTHOR:
        return within & Q(**{f"{script}__owner": int(hold.target)})
    if hold.kind == HoldKind.SCRIPT:
        return within & Q(**{script: UUID(hold.target)})
    if hold.kind == HoldKind.INSTRUMENT:
        return within & Q(instrument_key=hold.target)
    return within
