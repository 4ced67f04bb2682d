"""What a page is told of a trial: how far it is, what came of it, and the bars to draw it on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings

from execution.models import UNFINISHED_TRIALS, Trial
from execution.sandbox.limits import MEBIBYTE
from execution.services.limits import allowance_of
from execution.services.trials import BARS_DEFAULT
from market import queries as market_queries
from market.models import Instrument

NANOSECONDS = 1_000_000_000


def choices_for(*, at: datetime) -> dict[str, Any]:
    """Return the instruments with the timeframes that they have bars of."""
    instruments = Instrument.objects.order_by("key").values_list("key", "name")
    known = [
        {"key": key, "name": name, "timeframes": market_queries.timeframes_of(key, as_of=at)}
        for key, name in instruments
    ]
    return {
        "instruments": [instrument for instrument in known if instrument["timeframes"]],
        "bars_default": BARS_DEFAULT,
        "bars_max": settings.TRIAL_BARS_MAX,
    }


def state_of(trial: Trial) -> dict[str, Any]:
    """Return a trial as a page shows it; what came of it once it is over."""
    is_over = trial.status not in UNFINISHED_TRIALS
    state = {
        "id": str(trial.pk),
        "status": trial.status,
        "is_over": is_over,
        "bars_asked": trial.bars,
        "bars_done": trial.bars_done,
    }
    return {**state, **_what_came_of(trial)} if is_over else state


def _what_came_of(trial: Trial) -> dict[str, Any]:
    return {
        "instrument": trial.instrument_key,
        "timeframe": trial.timeframe,
        "params": trial.params,
        "source_sha256": trial.source_sha256,
        "outputs": trial.outputs,
        "plots": trial.plots,
        "log": trial.log,
        "error": trial.error,
        "usage": trial.usage,
        "limits": _limits(trial),
        "prices": _prices(trial),
    }


def _limits(trial: Trial) -> dict[str, Any]:
    allowance = allowance_of(trial.requested_by)
    limits = allowance.limits
    return {
        "tier": allowance.tier,
        "cpu_ms": limits.cpu_seconds * 1000,
        "wall_ms": limits.wall_seconds * 1000,
        "memory_mb": limits.memory_bytes // MEBIBYTE,
        "calls": limits.calls,
    }


def _prices(trial: Trial) -> list[dict[str, float]]:
    bars = market_queries.bars_between(
        trial.instrument_key,
        trial.timeframe,
        as_of=trial.started_at or trial.requested_at,
        limit=trial.bars,
    )
    seconds = (bars.opened_at_ns // NANOSECONDS).tolist()
    names = ("open", "high", "low", "close")
    columns = [bars.values[name].tolist() for name in names]
    return [
        {"time": time, **dict(zip(names, prices, strict=True))}
        for time, *prices in zip(seconds, *columns, strict=True)
    ]
