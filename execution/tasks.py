"""What the queue calls: ids in, one service call."""

from __future__ import annotations

from typing import Any

import structlog

from execution import liveness
from execution.services import runs
from execution.services.isolation import IsolationNotProven

log = structlog.get_logger(__name__)


def run_executions(ids: list[str], **_: Any) -> None:
    """Run executions one after the other; one that cannot be run does not stop the next."""
    for execution_id in ids:
        try:
            runs.run_execution(execution_id)
        except IsolationNotProven as error:
            log.error("isolation_not_proven", missing=error.details["missing"])
            return
        except Exception:
            # The row keeps its lease and is taken up again; the traceback is for us.
            log.exception("execution_broke", execution=execution_id)
        liveness.note_progress()


def answer_canary(nonce: str, **_: Any) -> None:
    """Prove that the cluster still takes tasks."""
    liveness.answer(nonce)
