"""The capsule of a run: all that is needed to repeat it, and what came of it, under one hash.

The hash is taken when the run is finished, in the same transaction. A capsule that no longer has
it was changed afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC
from typing import Any

from common.canonical import canonical_json, digest, sha256
from execution.models import Execution
from execution.sandbox.fingerprint import module_set_sha256
from execution.sandbox.limits import SandboxLimits
from gateway.models import DataAccess

# Whoever changes what a capsule holds gives it another number.
FORMAT = 1
KEPT = (
    "status",
    "outcome",
    "error",
    "seed",
    "limits",
    "script_sha256",
    "module_set_sha256",
    "output_sha256",
    "log_sha256",
)


@dataclass(frozen=True, kw_only=True)
class Capsule:
    """What ran, with what, and what came of it."""

    content: dict[str, Any]
    sha256: str

    def as_json(self) -> bytes:
        """Return the content in its one spelling, the one that was hashed."""
        return canonical_json(self.content)


def capsule_of(execution: Execution) -> Capsule:
    """Return the capsule of a finished run as the tables tell it now."""
    kept = {name: getattr(execution, name) for name in KEPT}
    return _capsule(execution, kept, reads_of(execution))


def reads_of(execution: Execution) -> list[DataAccess]:
    """Return the reads of a run's last attempt, in order."""
    rows = DataAccess.objects.filter(execution_id=execution.pk, fence=execution.fence)
    return list(rows.order_by("position"))


def what_ran(source: str, *, limits: SandboxLimits) -> dict[str, Any]:
    """Return the columns that tell what executions ran on, the same for all that go together."""
    return {
        "script_sha256": sha256(source.encode()),
        "module_set_sha256": module_set_sha256(),
        "limits": asdict(limits),
    }


def seal(
    execution: Execution, fields: Mapping[str, Any], reads: Iterable[DataAccess]
) -> dict[str, str]:
    """Return the column that seals a run which is about to be finished with these fields."""
    capsule = _capsule(execution, fields, list(reads))
    return {"capsule_sha256": capsule.sha256}


def altered_part(execution: Execution) -> str | None:
    """Return which part of a run's capsule was changed since it was sealed, or None.

    Parts with a digest of their own are named; anything else is the record as a whole.
    """
    if capsule_of(execution).sha256 == execution.capsule_sha256:
        return None
    if digest(execution.params) != execution.params_sha256:
        return "params"
    if execution.seed != seed_of(execution):
        return "seed"
    if any(read.as_of != execution.as_of for read in reads_of(execution)):
        return "clock"
    if digest(execution.log) != execution.log_sha256:
        return "log"
    if digest(execution.outputs) != execution.output_sha256:
        return "outputs"
    if execution.script_sha256 != execution.version.approved_sha256:
        return "script"
    return "record"


def seed_of(execution: Execution) -> int:
    """Return the seed of a run's random numbers: the same for the same params."""
    return int(execution.params_sha256[:8], 16)


def right_of(execution: Execution) -> dict[str, str]:
    """Return what tells a script for whom it runs: a product's subscriber, or one of its own."""
    subscription = execution.product_subscription
    if subscription is None:
        return {"script_id": str(execution.version.script_id)}
    return {
        "product_id": subscription.product.public_id,
        "subscription_id": str(subscription.pk),
    }


def _capsule(execution: Execution, kept: Mapping[str, Any], reads: Sequence[DataAccess]) -> Capsule:
    content = {
        "format": FORMAT,
        "execution": str(execution.pk),
        "script_id": str(execution.version.script_id),
        "version": execution.version.version,
        "script_sha256": kept["script_sha256"],
        "module_set_sha256": kept["module_set_sha256"],
        "user_id": str(execution.user_id),
        **right_of(execution),
        "instrument_key": execution.instrument_key,
        "timeframe": execution.timeframe,
        "params": execution.params,
        "clock": execution.as_of.astimezone(UTC).isoformat(),
        **_occasion(execution),
        "seed": kept["seed"],
        "limits": kept["limits"],
        "reads": [_read(row) for row in reads],
        "status": kept["status"],
        "outcome": kept["outcome"],
        "error": fault_in_short(kept["error"]),
        "output_sha256": kept["output_sha256"],
        "log_sha256": kept["log_sha256"],
    }
    return Capsule(content=content, sha256=digest(content))


def fault_in_short(error: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return of an error what a repetition has to repeat."""
    if error is None:
        return None
    # What a limit allows is told in the words of its reader's tier, which may change its name.
    told = ("limit",) if error.get("limit") else ("message",)
    return {name: error.get(name) for name in ("code", "type", "line", *told)}


def _occasion(execution: Execution) -> dict[str, Any]:
    # A closed bar says nothing but the clock.
    return {"occasion": execution.occasion} if execution.occasion else {}


def _read(row: DataAccess) -> dict[str, Any]:
    answer = {"sha256": row.sha256, "rows": row.rows}
    refusal = {"refusal": row.refusal, "message": row.refusal_message}
    return {
        "position": row.position,
        "kind": row.kind,
        "request": row.request,
        "as_of": row.as_of.astimezone(UTC).isoformat(),
        **(refusal if row.refusal else answer),
    }
