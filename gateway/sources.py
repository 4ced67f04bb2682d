"""Where the answers of the gateway come from: prices, metrics and outputs, as of an instant.

Every value of a request is checked here, because it may come out of a script.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from common.errors import InvalidInput
from gateway.requests import (
    BARS_MAX,
    OUTPUTS_MAX,
    MarketDataRequest,
    ScriptOutputRequest,
    Table,
    UpstreamOutputs,
)
from gateway.windows import NewestBars
from market import metrics
from market import queries as market_queries
from market.timeframes import Timeframe, UnknownTimeframe
from streams import queries as stream_queries
from streams import watermark
from streams.models import Stream

_INSTRUMENT_KEY = re.compile(r"[A-Z0-9._-]{1,40}")


class InvalidRead(InvalidInput):
    """This cannot be read as it is asked for."""

    code = "invalid_read"


def read_market_data(
    request: MarketDataRequest,
    *,
    as_of: datetime,
    newest_bars: NewestBars = market_queries.bars_between,
) -> Table:
    """Return the newest bars that had closed at ``as_of``; fewer when history is shorter."""
    bars = _within("bars", request.bars, lowest=1, highest=BARS_MAX)
    key, timeframe = _instrument(request.instrument_key), _timeframe(request.timeframe)
    found = newest_bars(key, timeframe, as_of=as_of, limit=bars)
    if not len(found):
        _explain_emptiness(key, timeframe, as_of=as_of)
    return Table(index_ns=found.opened_at_ns, columns=found.values)


def read_metric(
    name: str,
    instrument_key: str,
    *,
    as_of: datetime,
    newest_bars: NewestBars = market_queries.bars_between,
) -> float | None:
    """Return a metric of an instrument's daily bars at ``as_of``; None while they are too few."""
    metric = metrics.METRICS.get(name) if isinstance(name, str) else None
    if metric is None:
        raise InvalidRead(
            f"name: there is no metric {name!r}; write one of {', '.join(metrics.METRICS)}.",
            field="name",
        )
    key = _instrument(instrument_key)
    bars = newest_bars(key, metrics.TIMEFRAME, as_of=as_of, limit=metric.bars)
    if not len(bars):
        _explain_emptiness(key, metrics.TIMEFRAME, as_of=as_of)
    return metric.value_of(bars.values["close"], bars.values["volume"])


def read_script_output(
    request: ScriptOutputRequest,
    upstream: UpstreamOutputs,
    *,
    as_of: datetime,
    subscription_id: UUID | None,
) -> Any:
    """Return what a dependency put out for the same bar, or its newest outputs, oldest first.

    For the same bar that is None when it put nothing out. For a product subscription they are
    marked.
    """
    history = _within("history", request.history, lowest=0, highest=OUTPUTS_MAX)
    if history == 0:
        exact = [(upstream.latest, upstream.tolerance)] if upstream.latest is not None else []
    elif upstream.stream_id is None:
        return []
    else:
        stream = Stream(pk=upstream.stream_id)
        outputs = stream_queries.output_history(stream, as_of=as_of, limit=history)
        exact = [(watermark.body_of(output), output.tolerance) for output in outputs]
    given = watermark.give_all(exact, place=upstream.place, subscription_id=subscription_id)
    return given if history else next(iter(given), None)


def require_market(instrument_key: str, timeframe: str) -> None:
    """Raise InvalidRead unless there is such an instrument and such a timeframe."""
    _timeframe(timeframe)
    _require_instrument(_instrument(instrument_key))


def newest_close(instrument_key: str, timeframe: str) -> datetime | None:
    """Return when the newest recorded bar of an instrument closed; None without any."""
    newest = market_queries.latest_bar(_instrument(instrument_key), _timeframe(timeframe))
    return newest.closes_at if newest else None


def closes_of(instrument_key: str, timeframe: str, opened: Sequence[datetime]) -> list[datetime]:
    """Return when bars of an instrument closed, by when they opened, oldest first."""
    return market_queries.closes_of(_instrument(instrument_key), _timeframe(timeframe), opened)


def _explain_emptiness(key: str, timeframe: str, *, as_of: datetime) -> None:
    # No history yet is an empty answer; what was never there is a mistake worth a sentence.
    _require_instrument(key)
    others = market_queries.timeframes_of(key, as_of=as_of)
    if others and not market_queries.can_be_read(timeframe, others):
        raise InvalidRead(
            f"timeframe: {key} has no {timeframe} bars; write {' or '.join(others)}.",
            field="timeframe",
        )


def _require_instrument(key: str) -> None:
    try:
        market_queries.require_instrument(key)
    except market_queries.UnknownInstrument as error:
        raise InvalidRead(error.message, **error.details) from None


def _instrument(key: object) -> str:
    if not isinstance(key, str) or _INSTRUMENT_KEY.fullmatch(key) is None:
        raise InvalidRead(
            f"instrument: {key!r} is not the key of an instrument; write one such as 'AAPL'.",
            field="instrument",
        )
    return key


def _timeframe(text: object) -> str:
    if not isinstance(text, str):
        raise InvalidRead(
            f"timeframe: {text!r} is none; write one such as '1d'.", field="timeframe"
        )
    try:
        return Timeframe(text).name
    except UnknownTimeframe as error:
        raise InvalidRead(error.message, **error.details) from None


def _within(field: str, number: object, *, lowest: int, highest: int) -> int:
    if type(number) is not int or not lowest <= number <= highest:
        raise InvalidRead(
            f"{field}: {number!r} is not a whole number from {lowest} to {highest}.", field=field
        )
    return number
