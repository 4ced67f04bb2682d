"""Stop one execution, whether it waits or runs, by an operator's decision."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from accounts import audit
from accounts.models import User
from common.errors import Conflict
from execution.models import UNFINISHED, Execution, ExecutionStatus
from execution.services import claims

CANCELLED_BY_OPERATOR = "cancelled_by_operator"


class NotCancellable(Conflict):
    """This execution has ended already."""

    code = "not_cancellable"


@transaction.atomic
def cancel_execution(
    execution: Execution, *, acting_user: User, reason: str, now: datetime
) -> Execution:
    """End an execution before it ends by itself; what it puts out from now on does not count.

    Whoever runs it finds that out within a second and ends its guest (``leases.Ended``).

    Raises
    ------
    NotCancellable
        It has ended.
    """
    row = (
        Execution.objects.select_for_update(of=("self",))
        .select_related("version__script__tenant")
        .get(pk=execution.pk)
    )
    before = {"status": row.status}
    if row.status not in UNFINISHED:
        raise NotCancellable(execution_id=str(row.pk))
    error = {"code": CANCELLED_BY_OPERATOR, "message": "An operator cancelled this run."}
    # The fence moves on, so that whoever runs it at this moment ends nothing.
    Execution.objects.filter(pk=row.pk).update(
        fence=F("fence") + 1,
        status=ExecutionStatus.CANCELLED,
        outcome=CANCELLED_BY_OPERATOR,
        error=error,
        lease_until=None,
        finished_at=now,
    )
    claims.after_end([row], now=now)
    audit.record(
        "execution_cancelled",
        row,
        chain=row.version.script.tenant.slug,
        acting_user=acting_user,
        now=now,
        before=before,
        after={"status": ExecutionStatus.CANCELLED.value},
        reason=reason,
    )
    row.refresh_from_db()
    return row
