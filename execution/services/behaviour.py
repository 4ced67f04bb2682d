"""What a version's runs did: kept as evidence beside it, and judged.

A forbidden system call, or a guest that does not speak the protocol, can only be an attack: the
version is suspended in the transaction that concludes the run, and the operators are alerted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from execution.models import AlertKind, Execution
from execution.sandbox.results import SandboxResult
from execution.sandbox.totals import VIOLATIONS
from execution.services import alerts, claims
from registry.services.behaviour import Behaviour, record_behaviour
from registry.services.suspension import suspend_version


@dataclass(frozen=True)
class Concluded:
    """A run whose end counted."""

    execution: Execution
    outcome: str
    result: SandboxResult
    reads: Sequence[str]


def judge(concluded: Sequence[Concluded], *, now: datetime) -> None:
    """Record what runs of one version did, and suspend it when one of them attacked.

    Runs in the transaction that concludes them.
    """
    if not concluded:
        return
    attacks = [run for run in concluded if run.result.status in VIOLATIONS]
    seen = _behaviour_of(concluded, last_attack=attacks[-1] if attacks else None)
    record_behaviour(concluded[0].execution.version_id, seen, now=now)
    for attack in attacks:
        _stop(attack, now=now)


def _behaviour_of(concluded: Sequence[Concluded], *, last_attack: Concluded | None) -> Behaviour:
    usages = [run.result.usage for run in concluded]
    return Behaviour(
        runs=len(concluded),
        outcomes=Counter(run.outcome for run in concluded),
        limits_hit=Counter(run.result.limit for run in concluded if run.result.limit),
        reads=Counter(kind for run in concluded for kind in run.reads),
        calls=sum(usage.calls for usage in usages),
        memory_mb=max(usage.memory_mb for usage in usages),
        cpu_ms=max(usage.cpu_ms for usage in usages),
        duration_ms=max(usage.duration_ms for usage in usages),
        violation=last_attack.execution.pk if last_attack else None,
    )


def _stop(attack: Concluded, *, now: datetime) -> None:
    execution = attack.execution
    version = execution.version
    reason = _reason(attack)
    if suspend_version(version, reason=reason, execution_id=execution.pk, now=now):
        claims.refuse_all_of(version.pk, now=now)
    alerts.raise_alert(AlertKind.VIOLATION, version, reason, now=now)


def _reason(attack: Concluded) -> str:
    error = attack.result.error
    what = error.message if error else "the script did what only an attack does"
    return f"{attack.execution.execution_id} ended as {attack.result.status}: {what}."
