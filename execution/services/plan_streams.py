"""Which stream a plan's outputs go to: one of its own for everything that sets it off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from common.canonical import digest
from execution.models import RealtimePlan, Trigger
from streams import publishing
from streams.models import Stream


def stream_params(params: Mapping[str, Any], *, trigger: str, schedule: str) -> dict[str, Any]:
    """Return the params that a stream is known by: what runs on bars has none but its own."""
    if trigger == Trigger.BAR:
        return dict(params)
    named = {**params, "context.trigger": str(trigger)}
    return {**named, "context.schedule": schedule} if schedule else named


def stream_of(plan: RealtimePlan) -> Stream:
    """Return the stream of a plan's outputs; it is made on first use."""
    return publishing.stream_for(
        plan.version.script,
        plan.instrument_key,
        plan.timeframe,
        _params_of(plan),
        product=plan.product,
    )


def streams_of(plans: Sequence[RealtimePlan]) -> dict[UUID, Stream]:
    """Return the streams of plans of one market, by plan; those that are not made yet lack."""
    if not plans:
        return {}
    market = {"instrument_key": plans[0].instrument_key, "timeframe": plans[0].timeframe}
    rows = Stream.objects.filter(script__in={plan.version.script_id for plan in plans}, **market)
    made = {(row.script_id, row.product_id, row.params_sha256): row for row in rows}
    found = {
        plan.pk: made.get((plan.version.script_id, plan.product_id, _digest_of(plan)))
        for plan in plans
    }
    return {pk: stream for pk, stream in found.items() if stream is not None}


def _params_of(plan: RealtimePlan) -> dict[str, Any]:
    # A version that is no longer the current one runs on only because something pinned it; its
    # outputs must not mix with those of the current version.
    params = stream_params(plan.params, trigger=plan.trigger, schedule=plan.schedule)
    if plan.version_id != plan.version.script.current_version_id:
        params["context.version"] = plan.version.version
    return params


def _digest_of(plan: RealtimePlan) -> str:
    params = _params_of(plan)
    return plan.params_sha256 if params == plan.params else digest(params)
