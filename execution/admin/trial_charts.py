"""What a trial put out, with the bars it ran over, as the charts of the pages read it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from common.clock import parse_instant
from execution.models import Trial
from market.queries import bars_between

_NANOSECONDS = 1_000_000_000


def chart_of(trial: Trial) -> dict[str, Any]:
    """Return what a chart of a trial shows; times are whole seconds since 1970 UTC."""
    return {
        "instrument": trial.instrument_key,
        "timeframe": trial.timeframe,
        "bars": list(_bars(trial)),
        "outputs": list(_outputs(trial)),
    }


def _bars(trial: Trial) -> Iterator[dict[str, float]]:
    known = bars_between(
        trial.instrument_key,
        trial.timeframe,
        as_of=trial.started_at or trial.requested_at,
        limit=trial.bars,
    )
    columns = [known.values[name].tolist() for name in ("open", "high", "low", "close")]
    for opened_at, *prices in zip(known.opened_at_ns.tolist(), *columns, strict=True):
        named = dict(zip(("open", "high", "low", "close"), prices, strict=True))
        yield {"time": opened_at // _NANOSECONDS, **named}


def _outputs(trial: Trial) -> Iterator[dict[str, Any]]:
    for output in trial.outputs:
        metadata = output.get("metadata") or {}
        side = str(metadata.get("side", "")).lower()
        yield {
            "time": _second(output["bar"]),
            "numbers": _numbers(output.get("value")),
            "side": side if side in ("buy", "sell") else None,
        }


def _second(bar: str) -> int:
    opened_at: datetime = parse_instant(bar)
    return int(opened_at.timestamp())


def _numbers(value: Any) -> dict[str, float]:
    fields = value if isinstance(value, dict) else {"value": value}
    return {
        name: number
        for name, number in fields.items()
        if isinstance(number, int | float) and not isinstance(number, bool)
    }
