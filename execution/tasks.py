"""What the queue calls: ids in, one service call."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import structlog

from common.clock import utc_now
from execution import liveness
from execution.outages import patiently
from execution.services import (
    evidence,
    places,
    replay_requests,
    runs,
    totals,
    trial_runs,
    trials,
)
from execution.services.isolation import IsolationNotProven
from market.services import upload_work
from registry.services.evidence import hand_back_evidence

GOES_ON_SECONDS = 5.0  # then whatever else was queued gets its turn
log = structlog.get_logger(__name__)


def run_executions(ids: list[str], **_: Any) -> None:
    """Run what is most urgent by now, as many as were queued, and go on for a while.

    What the queue has lost is still in the table, and would otherwise be run in the place of what
    this was queued for.
    """
    with structlog.contextvars.bound_contextvars(executions=ids):
        try:
            # A task that ended with an outage would be lost, and found again seconds after it.
            run_some = partial(patiently(), runs.run_most_urgent, at_most=len(ids))
            ran = run_some()
            until = time.monotonic() + GOES_ON_SECONDS
            while ran and time.monotonic() < until:
                liveness.note_progress()
                ran = run_some()
        except IsolationNotProven as error:
            log.error("isolation_not_proven", missing=error.details["missing"])
            return
        except Exception:
            # The rows keep their leases and are taken up again; the traceback is for us.
            log.exception("executions_broke")
    totals.publish()
    liveness.note_progress()


def replay_execution(execution_id: str, user_id: int, reply_to: str, **_: Any) -> None:
    """Repeat an execution from its capsule and reply with the report."""
    replay_requests.answer(execution_id, user_id, reply_to)
    liveness.note_progress()


def run_trial(trial_id: str, **_: Any) -> None:
    """Run a trial over history."""
    with places.taken() as is_free:
        if not is_free:
            return  # whoever leaves a place hands over the next
        try:
            trial_runs.run_trial(trial_id)
        except IsolationNotProven as error:
            log.error("isolation_not_proven", missing=error.details["missing"])
            return
        except Exception:
            # The row keeps its lease and is taken up again; the traceback is for us.
            log.exception("trial_broke", trial=trial_id)
    trials.send_next()
    totals.publish()
    liveness.note_progress()


def make_evidence(version_id: str, **_: Any) -> None:
    """Make the evidence that a version's review rests on."""
    with places.taken() as is_free:
        if not is_free:
            hand_back_evidence(version_id)
            return
        try:
            evidence.make_evidence(version_id)
        except IsolationNotProven as error:
            log.error("isolation_not_proven", missing=error.details["missing"])
            return
        except Exception:
            # The lease runs out and it is taken up again; the traceback is for us.
            log.exception("evidence_broke", version=version_id)
    trials.send_next()
    totals.publish()
    liveness.note_progress()


def work_upload(upload_id: str, **_: Any) -> None:
    """Work off a file of ticks or bars, or a turn's worth of it."""
    try:
        upload_work.work_upload(upload_id, clock=utc_now)
    except Exception:
        # The lease runs out and it is taken up again; the traceback is for us.
        log.exception("upload_broke", upload=upload_id)
    liveness.note_progress()


def answer_canary(**_: Any) -> None:
    """Prove that the cluster still takes tasks, and say what this worker has done so far."""
    totals.publish()
    liveness.note_progress()
