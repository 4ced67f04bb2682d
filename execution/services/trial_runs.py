"""What a worker does with a trial: run its snapshot over history and keep what came of it.

A script that answers for a whole window, or that stamps what it puts out itself, runs once over the
trial's bars. Any other runs once for every bar, with the clock at that bar's close, as it would
have in realtime. Every read goes through the gateway, as of the clock, as whoever asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction

from common.canonical import digest
from common.clock import parse_instant, utc_now
from common.errors import ScriptFault, SignalHubError
from execution import validation
from execution.models import AlertKind, Trial, TrialStatus
from execution.sandbox import supervisor
from execution.sandbox.cancellation import RunCancelled
from execution.sandbox.layers import SandboxUnavailable
from execution.sandbox.results import SandboxResult
from execution.sandbox.totals import VIOLATIONS
from execution.services import alerts, isolation, trial_leases, trials
from execution.services.faults import fault_of, is_our_trouble
from execution.services.history import History, read_history
from execution.services.leases import ended_when
from execution.services.limits import Allowance, allowance_of
from execution.services.trial_findings import Findings
from execution.services.upstream import chunks, with_upstreams
from registry.services.history_runs import note_history_run
from registry.services.suspension import suspend_version

log = structlog.get_logger(__name__)

BARS_AT_ONCE = 25  # between two words of progress, and two looks at whether it was cancelled
# What one bar did, the next would do as well, at the same price.
_ENDS_A_TRIAL = ("timeout", "memory", "rejected", "crashed", *VIOLATIONS)


def run_trial(trial_id: str) -> Trial | None:
    """Run a pending trial to its end; return it, or None when it was not there to take.

    Trouble of the script ends it as failed, with what it had put out until then. Trouble of ours
    gives it back until its attempts are used up.
    """
    isolation.require_isolation()
    trial = trial_leases.claim_trial(trial_id, now=utc_now())
    if trial is None:
        return None
    try:
        run_claimed(trial)
    except (SignalHubError, SandboxUnavailable, DatabaseError, OSError) as error:
        end_in_trouble(trial, error)
    return trial


def end_in_trouble(trial: Trial, error: Exception) -> None:
    """Give a trial back that our own trouble stopped; what the caller did wrong fails it."""
    code = getattr(error, "code", "infrastructure")
    told = {"code": code, "message": str(error) or type(error).__name__, "line": None}
    if is_our_trouble(error):
        log.warning("trial_given_back", trial=str(trial.pk), error=str(error))
        if trial_leases.give_trial_back(trial, error=told, now=utc_now()):
            trials.send([trial.pk])
        return
    trial_leases.finish_trial(trial, status=TrialStatus.FAILED, now=utc_now(), error=told)


def run_claimed(trial: Trial) -> Findings:
    """Run a claimed trial and write its end; return what was found."""
    found = Findings()
    run = _TrialRun(trial, found)
    try:
        with ended_when(lambda: trial_leases.was_ended(trial)):
            run.go()
    except RunCancelled:
        trial.refresh_from_db()
        return found
    status = TrialStatus.FAILED if found.error else TrialStatus.COMPLETED
    now = utc_now()
    with transaction.atomic():
        if trial_leases.finish_trial(
            trial, status=status, now=now, bars_done=run.bars_done, **found.columns()
        ):
            note_history_run(
                trial.version_id,
                source_sha256=trial.source_sha256,
                manifest_sha256=digest(trial.manifest),
                problem=found.error["message"] if found.error else "",
                now=now,
            )
    return found


class _TrialRun:
    def __init__(self, trial: Trial, found: Findings) -> None:
        self._trial = trial
        self._found = found
        self._allowance: Allowance = allowance_of(trial.requested_by)
        self._history: History = history_of(trial)
        self.bars_done = 0

    def go(self) -> None:
        """Run once over all bars, and where that says only something of the newest, on each."""
        if not len(self._history):
            return
        [window] = self._run([self._history.window_context()], [len(self._history) - 1])
        if self._found.is_over or self._answers_for_the_window(window):
            self._keep_window(window)
            self.bars_done = len(self._history)
            return
        self._found.plots = _plots(window)
        # What the newest bar said is said again in its turn.
        self._forget_but_cost()
        self._run_each_bar()

    def _run(self, contexts: Sequence[dict[str, Any]], bars: Sequence[int]) -> list[SandboxResult]:
        results = supervisor.process_wide_sandbox().run_batch(
            self._trial.source,
            contexts=contexts,
            limits=self._allowance.limits,
            answer_reads=[self._history.answerer(bar) for bar in bars],
        )
        for result in results:
            self._found.count(result)
            self._judge(result)
        return results

    def _judge(self, result: SandboxResult) -> None:
        fault = fault_of(result, allowance=self._allowance)
        if fault is None:
            return
        self._found.fail(fault)
        self._found.is_over |= result.status in _ENDS_A_TRIAL
        if result.status in VIOLATIONS:
            _stop_attack(self._trial, fault)

    def _answers_for_the_window(self, result: SandboxResult) -> bool:
        if result.rows is not None:
            return True
        newest = len(self._history) - 1
        return any(self._bar_of(output, newest) != newest for output in result.outputs)

    def _keep_window(self, result: SandboxResult) -> None:
        newest = len(self._history) - 1
        self._found.keep_log(result.log)
        self._found.plots = _plots(result)
        clock = self._history.closes_at(newest)
        for output, bar in self._placed(result, newest):
            if bar >= 0:
                self._keep(output, bar, clock=clock)

    def _placed(self, result: SandboxResult, newest: int) -> list[tuple[dict[str, Any], int]]:
        before = self._history.window_length - len(self._history)
        if result.rows == self._history.window_length:
            return [(output, row - before) for row, output in enumerate(result.outputs)]
        if result.rows is not None:
            # A strategy says on which bar of the window it changed its word.
            return [
                (output, _bar_said(output, before + newest) - before) for output in result.outputs
            ]
        return [(output, self._bar_of(output, newest)) for output in result.outputs]

    def _run_each_bar(self) -> None:
        for bars in chunks(range(len(self._history)), BARS_AT_ONCE):
            if not trial_leases.is_held(self._trial, bars_done=self.bars_done, now=utc_now()):
                return
            results = self._run([self._history.context(bar) for bar in bars], bars)
            for bar, result in zip(bars, results, strict=True):
                self._found.keep_log(result.log, bar=self._history.name_of(bar))
                for output in result.outputs:
                    self._keep(output, bar, clock=self._history.closes_at(bar))
            self.bars_done += len(bars)
            if self._found.is_over:
                return

    def _forget_but_cost(self) -> None:
        self._found.error, self._found.errors = None, 0

    def _keep(self, output: dict[str, Any], bar: int, *, clock: datetime) -> None:
        # A row without a value is a bar on which there is nothing to say yet.
        if output["value"] is None and not output["metadata"]:
            return
        schema = self._trial.manifest["output_schema"]
        try:
            [valid] = validation.validate_outputs(
                [output], schema, as_of=clock, max_bytes=settings.OUTPUT_MAX_BYTES
            )
        except ScriptFault as fault:
            self._found.fail(fault)
            return
        self._found.outputs.append({"bar": self._history.opened_at(bar).isoformat(), **valid})

    def _bar_of(self, output: dict[str, Any], newest: int) -> int:
        try:
            at = parse_instant(str(output["timestamp"]), field="timestamp")
        except SignalHubError:
            return newest
        return self._history.bar_at(at)


def history_of(trial: Trial) -> History:
    """Return the bars of a trial, with what its dependencies put out on them."""
    now = utc_now()
    history = read_history(
        trial.requested_by,
        instrument_key=trial.instrument_key,
        timeframe=trial.timeframe,
        params=trial.params,
        script_id=str(trial.version.script_id),
        bars=trial.bars,
        now=now,
    )
    return with_upstreams(history, trial.manifest, at=now)


def _bar_said(output: dict[str, Any], newest: int) -> int:
    # The engine that says it stands behind the walls, next to the script, and is doubted like it.
    said = output["metadata"].get("bar")
    return said if type(said) is int and 0 <= said <= newest else newest


def _plots(result: SandboxResult) -> list[dict[str, Any]]:
    return [
        {"name": p.name, "options": p.options, "timestamps": p.timestamps, "values": p.values}
        for p in result.plots
    ]


def _stop_attack(trial: Trial, fault: ScriptFault) -> None:
    reason = f"Trial {trial.pk} on {trial.instrument_key} ended as {fault.code}: {fault.message}"
    with transaction.atomic():
        suspend_version(trial.version, reason=reason, execution_id=trial.pk, now=utc_now())
        alerts.raise_alert(AlertKind.VIOLATION, trial.version, reason, now=utc_now())
