"""The spine: from pending rows to a fenced finish. Every run goes down it, whoever asked.

claim (rights re-checked) → source (bytes verified) → sandbox (reads through the gateway) →
outputs (validated) → publish and finish in one transaction, if the attempt still holds its lease.

Executions of one version and one reader go down together: one child of the sandbox with a fresh
namespace each, and one transaction at either end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

import structlog
from django.db import DatabaseError, transaction

from accounts.models import User
from common.clock import utc_now
from common.errors import SignalHubError
from execution import queue
from execution.models import Execution, ExecutionKind, ExecutionStatus
from execution.outages import patiently
from execution.sandbox import supervisor
from execution.sandbox.cancellation import RunCancelled
from execution.sandbox.results import SandboxResult
from execution.services import (
    behaviour,
    capsules,
    claims,
    dependencies,
    isolation,
    leases,
    nested,
    quotas,
    urgency,
)
from execution.services.answers import answerer_of
from execution.services.behaviour import Concluded
from execution.services.claims import Claim, Ending
from execution.services.declarations import declare
from execution.services.faults import is_our_trouble
from execution.services.lateness import late_among
from execution.services.limits import allowance_of
from execution.services.run_words import as_json, context_of, ending_of, run_outputs
from gateway import reads
from gateway.windows import Windows
from registry import queries as registry_queries
from streams import publishing
from streams.models import Stream

INTERRUPTED = {
    "code": "interrupted",
    "message": "A run in the same process was stopped by a hold, and so this one begins anew.",
}
log = structlog.get_logger(__name__)
_turns = urgency.Turns()


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A claimed execution with the one way in which its script may read."""

    claim: Claim
    reader: reads.Reader


@dataclass(frozen=True)
class Done:
    """A run that is over, and how it ended; whether that counts is decided by its fence."""

    prepared: Prepared
    result: SandboxResult
    ending: Ending

    @property
    def execution(self) -> Execution:
        """The execution that was run."""
        return self.prepared.claim.execution

    @property
    def stream(self) -> Stream | None:
        """Where its outputs go, if it has any."""
        return self.execution.stream if self.ending.fields["outputs"] else None

    def concluded(self) -> Concluded:
        """Return what the version is judged by."""
        kinds = [read.kind for read in self.prepared.reader.records()]
        return Concluded(self.execution, self.ending.outcome, self.result, kinds)


def run_execution(execution_id: str) -> Execution | None:
    """Run one pending execution to its end; return it, or None when it was not there to take."""
    taken = run_executions([execution_id])
    return Execution.objects.get(pk=execution_id) if taken else None


def run_executions(execution_ids: Iterable[str]) -> int:
    """Run pending executions to their end; return how many there were to take.

    Trouble of a script ends its execution as failed. Trouble of ours (store, database, worker)
    gives executions back to the queue until their attempts are used up.
    """
    # Isolation is proven before anything is claimed, so that a machine without it takes no job.
    isolation.require_isolation()
    claimed = claims.claim_all(execution_ids, now=utc_now())
    _run_all(claimed)
    return len(claimed)


def run_most_urgent(*, at_most: int) -> int:
    """Run so many of the most urgent pending executions to their end; return how many there were.

    They are taken in batches of one version each, and each batch is chosen when the one before is
    done. Some of them may be refused to everybody; they count as well. The last batch may make it
    a few more.
    """
    isolation.require_isolation()
    done = 0
    while done < at_most:
        taken = claims.claim_urgent(
            at_most=at_most,  # a bar's plans are not parted for what was run before them
            others_at_most=_turns.others_at_most(at_most - done),
            oldest_first=_turns.is_the_oldests(),
            now=utc_now(),
        )
        _turns.note(claimed.execution.priority for claimed in taken.claims)
        if not taken.looked_at:
            break
        _run_all(taken.claims)
        done += taken.looked_at
    return done


def _run_all(claimed: Sequence[Claim]) -> None:
    with leases.kept(claimed) as ended:
        for group in _groups(claimed):
            with ended.running(group):
                _run_or_give_back(group)


def _groups(claimed: Sequence[Claim]) -> Iterator[list[Claim]]:
    def kin(one: Claim) -> tuple[str, int]:
        return str(one.execution.version_id), one.execution.user_id

    for _, group in groupby(sorted(claimed, key=kin), key=kin):
        yield list(group)


def _run_or_give_back(group: Sequence[Claim]) -> None:
    try:
        _run(group)
    except RunCancelled:
        _interrupt(group)
    except (SignalHubError, supervisor.SandboxUnavailable, DatabaseError, OSError) as error:
        if not is_our_trouble(error):
            _fail(group, error)
            return
        log.warning("executions_given_back", count=len(group), error=str(error))
        _give_back(group, error)


def _give_back(group: Sequence[Claim], error: Exception) -> None:
    # When the database is what is away, it is waited for: sooner than the leases run out.
    for claimed in group:
        patiently()(claims.give_back, claimed, now=utc_now(), error=as_json(error))


def _interrupt(group: Sequence[Claim]) -> None:
    # What was ended by others stays ended; what only shared its process is run again.
    log.warning("executions_interrupted", executions=[str(one.execution.pk) for one in group])
    with transaction.atomic():
        for claimed in group:
            claims.give_back(claimed, now=utc_now(), error=INTERRUPTED)
        queue.send([claimed.execution for claimed in group], now=utc_now())


def _run(group: Sequence[Claim]) -> None:
    source = registry_queries.read_source(group[0].execution.version)
    windows = Windows()
    prepared = [ready for claimed in group if (ready := _prepare(claimed, windows)) is not None]
    if not prepared:
        return
    allowance = allowance_of(group[0].execution.user)
    results = supervisor.process_wide_sandbox().run_batch(
        source,
        contexts=[context_of(one.claim.execution) for one in prepared],
        limits=allowance.limits,
        answer_reads=[answerer_of(one.reader) for one in prepared],
    )
    ran = capsules.what_ran(source, limits=allowance.limits)
    done = [
        Done(one, result, _sealed(one, ending_of(one.claim, result, allowance), ran))
        for one, result in zip(prepared, results, strict=True)
    ]
    _conclude(done, now=utc_now())


def _prepare(claimed: Claim, windows: Windows) -> Prepared | None:
    execution = claimed.execution
    try:
        upstream = dependencies.upstream_of(execution, _sources(execution))
    except dependencies.DependencyUnavailable as error:
        _fail([claimed], error)
        return None
    reader = reads.reader_for(
        execution.user,
        execution.pk,
        instrument_key=execution.instrument_key,
        timeframe=execution.timeframe,
        as_of=execution.as_of,
        upstream=upstream,
        fence=claimed.fence,
        marked_for=_answerable(execution) if upstream else None,
        quota=quotas.read_quota_of(execution),
        newest_bars=windows,
    )
    return Prepared(claim=claimed, reader=reader)


def _answerable(execution: Execution) -> User:
    # One realtime run serves everybody who follows its stream: what it read is its author's copy,
    # not that of whoever asked for it first. A one-time run's result is for one reader.
    if execution.kind == ExecutionKind.REALTIME:
        return execution.version.script.owner
    return execution.user


def _sources(execution: Execution) -> Sequence[Execution]:
    if execution.kind == ExecutionKind.REALTIME:
        return dependencies.sources_for_bar(execution)
    return nested.run_dependencies(execution, run=run_execution)


@transaction.atomic
def _conclude(done: Sequence[Done], *, now: datetime) -> None:
    counted = {ending.claim for ending in claims.finish_all([d.ending for d in done], now=now)}
    for one in done:
        if one.ending.claim not in counted:
            log.warning("execution_fenced_off", execution=str(one.execution.pk))
    finished = [one for one in done if one.ending.claim in counted]
    speaking = [one for one in finished if one.stream is not None]
    late = late_among([one.execution for one in speaking])
    declared = declare({one.stream.pk for one in speaking if one.stream is not None})
    reads.record_all([one.prepared.reader for one in finished], now=now)
    publishing.publish_runs(
        [
            run_outputs(
                one.execution,
                one.stream,
                one.ending.fields["outputs"],
                passed_over=declared.pop(one.stream.pk, {}),
                is_late=one.execution.pk in late,
            )
            for one in speaking
            if one.stream is not None
        ],
        now=now,
    )
    behaviour.judge([one.concluded() for one in finished], now=now)


def _sealed(one: Prepared, ending: Ending, ran: Mapping[str, Any]) -> Ending:
    execution = one.claim.execution
    fields = {**ending.fields, **ran, "seed": capsules.seed_of(execution)}
    kept = {**fields, "status": ending.status, "outcome": ending.outcome}
    return replace(ending, fields=fields | capsules.seal(execution, kept, one.reader.records()))


def _fail(group: Sequence[Claim], error: Exception) -> None:
    code = getattr(error, "code", "error")
    fields = {"error": as_json(error)}
    claims.finish_all(
        [
            Ending(claim=one, status=ExecutionStatus.FAILED, outcome=code, fields=fields)
            for one in group
        ],
        now=utc_now(),
    )
