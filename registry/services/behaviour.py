"""Keep what a version's runs did beside the version. Nothing is run here: it is reported."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

# One statement, so that reports that arrive at once wait for each other's row and all count.
_ADD = """
INSERT INTO registry_versionbehaviour AS known (
    version_id, runs, outcomes, limits_hit, reads, calls, most_memory_mb, most_cpu_ms,
    most_duration_ms, last_violation_execution, last_violation_at, updated_at
) VALUES (
    %(version)s, %(runs)s, %(outcomes)s::jsonb, %(limits_hit)s::jsonb, %(reads)s::jsonb, %(calls)s,
    %(memory_mb)s, %(cpu_ms)s, %(duration_ms)s, %(violation)s, %(violation_at)s, %(now)s
)
ON CONFLICT (version_id) DO UPDATE SET
    runs = known.runs + EXCLUDED.runs,
    outcomes = {outcomes},
    limits_hit = {limits_hit},
    reads = {reads},
    calls = known.calls + EXCLUDED.calls,
    most_memory_mb = GREATEST(known.most_memory_mb, EXCLUDED.most_memory_mb),
    most_cpu_ms = GREATEST(known.most_cpu_ms, EXCLUDED.most_cpu_ms),
    most_duration_ms = GREATEST(known.most_duration_ms, EXCLUDED.most_duration_ms),
    last_violation_execution =
        COALESCE(EXCLUDED.last_violation_execution, known.last_violation_execution),
    last_violation_at = COALESCE(EXCLUDED.last_violation_at, known.last_violation_at),
    updated_at = GREATEST(known.updated_at, EXCLUDED.updated_at)
"""
_SUM = """(
        SELECT COALESCE(jsonb_object_agg(name, seen), '{{}}'::jsonb) FROM (
            SELECT key AS name, SUM(value::bigint) AS seen FROM (
                SELECT * FROM jsonb_each_text(known.{column})
                UNION ALL SELECT * FROM jsonb_each_text(EXCLUDED.{column})
            ) AS either GROUP BY key
        ) AS summed
    )"""
_STATEMENT = _ADD.format(
    **{column: _SUM.format(column=column) for column in ("outcomes", "limits_hit", "reads")}
)


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """What some runs of one version did together; the maxima are over single runs."""

    runs: int
    outcomes: Mapping[str, int]
    limits_hit: Mapping[str, int] = field(default_factory=dict)
    reads: Mapping[str, int] = field(default_factory=dict)
    calls: int = 0
    memory_mb: float = 0.0
    cpu_ms: float = 0.0
    duration_ms: float = 0.0
    violation: uuid.UUID | None = None


def record_behaviour(version_id: uuid.UUID, seen: Behaviour, *, now: datetime) -> None:
    """Add what some runs did to the evidence of their version, in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            _STATEMENT,
            {
                "version": version_id,
                "runs": seen.runs,
                "outcomes": json.dumps(dict(seen.outcomes)),
                "limits_hit": json.dumps(dict(seen.limits_hit)),
                "reads": json.dumps(dict(seen.reads)),
                "calls": seen.calls,
                "memory_mb": seen.memory_mb,
                "cpu_ms": seen.cpu_ms,
                "duration_ms": seen.duration_ms,
                "violation": seen.violation,
                "violation_at": now if seen.violation else None,
                "now": now,
            },
        )
