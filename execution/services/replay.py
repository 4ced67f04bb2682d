"""Repeating a run from its capsule: the same bytes, fed with what the run was answered then.

Nothing is read from the market or from streams, and nothing is written there or to executions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal

from django.db import transaction

from accounts import audit
from accounts.models import User
from common.canonical import sha256
from common.errors import SignalHubError
from execution import held
from execution.models import Execution
from execution.sandbox import supervisor
from execution.sandbox.fingerprint import module_set_sha256
from execution.sandbox.limits import SandboxLimits
from execution.services import capsules, isolation, run_words
from execution.services.claims import Claim
from execution.services.differences import Difference, Divergence, RecordedReads, first_difference
from execution.services.limits import allowance_of
from gateway import contents
from gateway.packing import ContentAltered
from registry import queries as registry_queries

Verdict = Literal["identical", "different", "impossible"]


@dataclass(frozen=True, kw_only=True)
class ReplayReport:
    """What came of repeating a run."""

    execution_id: str
    verdict: Verdict
    reason: str = ""
    difference: Difference | None = None
    notes: Sequence[str] = ()
    outcome: str = ""
    reads: int = 0
    capsule_sha256: str = ""
    duration_ms: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return asdict(self)

    def sentence(self) -> str:
        """Return the verdict as one reads it."""
        if self.verdict == "identical":
            return f"identical: {self.outcome}, {self.reads} reads"
        if self.difference is not None:
            return f"different: {self.difference.sentence()}"
        return f"impossible: {self.reason}"


def replay_execution(execution: Execution, *, source: str | None = None) -> ReplayReport:
    """Run a finished execution once more from its capsule, and compare.

    With ``source``, other bytes are run on the same capsule.

    Raises
    ------
    IsolationNotProven, SandboxUnavailable
        Nothing can be run on this machine.
    """
    isolation.require_isolation()
    return _Replay(execution, source).report()


def replay_for(execution: Execution, *, acting_user: User | None, now: datetime) -> ReplayReport:
    """Repeat a run for somebody, or for the platform's operator at a console; it is audited.

    Raises
    ------
    Held
        An operator has stopped runs of its script, or on its instrument.
    """
    held.require_not_held(execution.version.script, execution.instrument_key)
    report = replay_execution(execution)
    with transaction.atomic():
        audit.record(
            "execution_replayed",
            execution,
            chain=execution.version.script.tenant.slug,
            acting_user=acting_user,
            now=now,
            after={"verdict": report.verdict, "found": report.sentence()[:500]},
        )
    return report


class _CannotReplay(Exception):
    """Why a run cannot be repeated, as a sentence."""


class _Replay:
    def __init__(self, execution: Execution, source: str | None) -> None:
        self._execution = execution
        self._source = source
        self._notes: list[str] = []
        self._reads = 0
        self._duration_ms: float | None = None

    def report(self) -> ReplayReport:
        try:
            self._require_capsule()
            difference = self._altered() or self._repeat()
        except _CannotReplay as why:
            return self._as("impossible", reason=str(why))
        except Divergence as found:
            return self._as("different", difference=found.difference)
        return self._as("different" if difference else "identical", difference=difference)

    def _as(self, verdict: Verdict, **found: Any) -> ReplayReport:
        return ReplayReport(
            execution_id=self._execution.execution_id,
            verdict=verdict,
            notes=tuple(self._notes),
            outcome=self._execution.outcome,
            reads=self._reads,
            capsule_sha256=self._execution.capsule_sha256,
            duration_ms=self._duration_ms,
            **found,
        )

    def _require_capsule(self) -> None:
        if not self._execution.is_finished:
            raise _CannotReplay("the run is not finished")
        if not self._execution.capsule_sha256:
            raise _CannotReplay("the run never started in the sandbox, so it has no capsule")

    def _altered(self) -> Difference | None:
        part = capsules.altered_part(self._execution)
        if part is None:
            return None
        found = capsules.capsule_of(self._execution).sha256
        recorded = self._execution.capsule_sha256
        where = f"capsule, {part} changed since the run"
        return Difference(where=where, recorded=recorded, here=found)

    def _repeat(self) -> Difference | None:
        execution = self._execution
        source, limits = self._bytes(), self._limits()
        self._compare_modules()
        recorded = self._recorded_reads()
        context = {**run_words.context_of(execution), "seed": execution.seed}
        result = supervisor.process_wide_sandbox().run(
            source, context=context, limits=limits, answer_read=recorded.answer
        )
        self._duration_ms = result.usage.duration_ms
        claim = Claim(execution=execution, fence=execution.fence)
        allowance = replace(allowance_of(execution.user), limits=limits)
        ending = run_words.ending_of(claim, result, allowance)
        return first_difference(execution, ending, unused=recorded.unused())

    def _bytes(self) -> str:
        expected = self._execution.script_sha256
        if self._source is None:
            return self._recorded_bytes(expected)
        if (found := sha256(self._source.encode())) != expected:
            self._notes.append(f"script differs: recorded {expected}, here {found}")
        return self._source

    def _recorded_bytes(self, expected: str) -> str:
        try:
            source = registry_queries.read_source(self._execution.version)
            found = sha256(source.encode())
        except registry_queries.SourceMismatch as mismatch:
            found = mismatch.details["found_sha256"]
        except (SignalHubError, OSError) as error:
            raise _CannotReplay(f"the script's bytes cannot be had: {error}") from None
        if found != expected:
            raise Divergence(Difference(where="script", recorded=expected, here=found))
        return source

    def _limits(self) -> SandboxLimits:
        try:
            return SandboxLimits(**(self._execution.limits or {}))
        except TypeError as error:
            raise _CannotReplay(f"its limits are not ones this release knows: {error}") from None

    def _compare_modules(self) -> None:
        recorded, here = self._execution.module_set_sha256, module_set_sha256()
        if recorded != here:
            self._notes.append(f"modules differ: recorded {recorded}, here {here}")

    def _recorded_reads(self) -> RecordedReads:
        rows = capsules.reads_of(self._execution)
        self._reads = len(rows)
        answers = {}
        for row in rows:
            if row.refusal or row.sha256 in answers:
                continue
            try:
                answers[row.sha256] = contents.load(row.sha256)
            except contents.ContentGone as gone:
                missing = gone.details["sha256"]
                raise _CannotReplay(
                    f"the content of read {row.position} is not kept any more ({missing})"
                ) from None
            except ContentAltered as altered:
                raise Divergence(
                    Difference(
                        where=f"content of read {row.position}",
                        recorded=row.sha256,
                        here=str(altered),
                    )
                ) from None
        return RecordedReads(rows, answers)
