"""The test runs of a version that is to be reviewed, and what is told about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings

from accounts.models import User
from common.clock import utc_now
from common.errors import SignalHubError
from execution.lookahead.check import LIMITS
from execution.models import Trial, TrialPurpose, TrialStatus
from execution.sandbox.limits import SandboxLimits
from execution.services import trial_leases, trial_runs, trials
from execution.services.faults import is_our_trouble
from execution.services.limits import limits_of
from execution.services.prices import Prices
from registry.models import ScriptVersion

_SIDES = frozenset({"BUY", "SELL", "HOLD"})


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a report is about, and with what it is run."""

    version: ScriptVersion
    prices: Prices
    params: Mapping[str, Any]
    now: datetime

    @property
    def user(self) -> User:
        """As whom the script reads."""
        return self.version.script.owner

    @property
    def limits(self) -> SandboxLimits:
        """What a run may use; what it may say is more, for it is only compared."""
        given = limits_of(self.user)
        return replace(
            LIMITS,
            cpu_seconds=given.cpu_seconds,
            memory_bytes=given.memory_bytes,
            source_bytes=given.source_bytes,
        )


def try_on(subject: Subject, instrument_key: str) -> Trial:
    """Run a version over the newest bars of an instrument, as a trial that is kept."""
    version = subject.version
    trial = trials.new_trial(
        version,
        purpose=TrialPurpose.EVIDENCE,
        instrument_key=instrument_key,
        timeframe=version.timeframe,
        params=dict(subject.params),
        bars=settings.EVIDENCE_TRIAL_BARS,
        requested_by=subject.user,
        now=subject.now,
        status=TrialStatus.RUNNING,
        started_at=subject.now,
        attempts=1,
        lease_until=trial_leases.lease_from(subject.now),
    )
    trial.save(force_insert=True)
    try:
        trial_runs.run_claimed(trial)
    except SignalHubError as error:
        told = {"code": error.code, "message": error.message, "line": None}
        trial_leases.finish_trial(trial, status=TrialStatus.FAILED, now=utc_now(), error=told)
        if is_our_trouble(error):
            raise
    except Exception:
        trial_leases.finish_trial(
            trial, status=TrialStatus.FAILED, now=utc_now(), error=trial_leases.WORKER_LOST
        )
        raise
    return trial


def describe_trial(trial: Trial) -> dict[str, Any]:
    """Return what the report says about a trial."""
    outputs: Sequence[Mapping[str, Any]] = trial.outputs
    sides = Counter(side for output in outputs if (side := _side_of(output)) is not None)
    return {
        "trial_id": str(trial.pk),
        "instrument": trial.instrument_key,
        "timeframe": trial.timeframe,
        "from": outputs[0]["bar"] if outputs else None,
        "to": outputs[-1]["bar"] if outputs else None,
        "bars": trial.bars_done,
        "outputs": len(outputs),
        "sides": dict(sorted(sides.items())),
        "errors": trial.usage.get("errors", 1 if trial.error else 0),
        "first_error": trial.error,
    }


def _side_of(output: Mapping[str, Any]) -> str | None:
    for said in (output["value"], output["metadata"].get("side")):
        if isinstance(said, str) and said.upper() in _SIDES:
            return said.upper()
    return None
