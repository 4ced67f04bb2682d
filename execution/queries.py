"""Read-only questions about executions."""

from __future__ import annotations

from uuid import UUID

from accounts.models import User
from execution.models import Execution


def own_execution(execution_id: str, *, user: User) -> Execution | None:
    """Return a user's own execution by the identifier callers see, or None."""
    try:
        pk = UUID(execution_id.rpartition("_")[2])
    except ValueError:
        return None
    execution = (
        Execution.objects.select_related("version__script", "product_subscription__product")
        .filter(pk=pk, user=user)
        .first()
    )
    if execution is None or execution.execution_id != execution_id:
        return None
    return execution
