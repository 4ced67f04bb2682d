"""Which markets a market event tells to look at."""

from __future__ import annotations

from collections.abc import Mapping

from common.errors import InvalidInput
from execution.models import Trigger
from execution.triggers import Market, markets_of
from market.announcements import EventKind
from market.timeframes import Timeframe, UnknownTimeframe


class UnreadableEvent(InvalidInput):
    """A market event does not say what it tells of."""

    code = "unreadable_event"


def markets_of_event(fields: Mapping[str, str]) -> list[Market]:
    """Return the markets that an event's fields name.

    Raises
    ------
    UnreadableEvent
        A field is missing, or says nothing that could be handled, now or later.
    """
    try:
        kind, instrument_key = EventKind(fields["kind"]), fields["instrument_key"]
        if kind is EventKind.BAR:
            return [(instrument_key, Timeframe(fields["timeframe"]).name)]
        if kind is EventKind.CORRECTION:
            return []  # outputs are never computed anew
    except (KeyError, ValueError, UnknownTimeframe) as error:
        raise UnreadableEvent(f"The event has no usable field: {error}.") from error
    return markets_of([instrument_key], trigger=Trigger.TICK)
