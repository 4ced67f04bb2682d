"""Which stream a plan's outputs go to: one of its own for everything that sets it off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
    """Return the stream of a plan's outputs.

    A version that is no longer the current one runs on only because something pinned it; its
    outputs must not mix with those of the current version.
    """
    script = plan.version.script
    params = stream_params(plan.params, trigger=plan.trigger, schedule=plan.schedule)
    if plan.version_id != script.current_version_id:
        params["context.version"] = plan.version.version
    return publishing.stream_for(
        script, plan.instrument_key, plan.timeframe, params, product=plan.product
    )
