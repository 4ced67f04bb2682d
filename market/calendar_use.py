"""Which calendars instruments rest on, and how long each still knows its holidays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count

from market.calendars import calendar_of
from market.models import Instrument

WARN_BEFORE = timedelta(days=60)  # an exchange says its holidays of the next year in autumn


@dataclass(frozen=True, kw_only=True)
class CalendarUse:
    """One exchange's calendar and what rests on it; after ``known_until`` weekdays count as open.

    None: it is open at all hours, and has no holidays to know.
    """

    exchange: str
    instruments: int
    known_until: date | None

    def runs_out(self, *, today: date) -> bool:
        """Tell whether its holidays end soon, or have ended."""
        return self.known_until is not None and self.known_until - today <= WARN_BEFORE


def calendars_in_use() -> list[CalendarUse]:
    """Return the calendar of every exchange that has an instrument, the first to end first."""
    rows = Instrument.objects.order_by().values("exchange").annotate(count=Count("pk"))
    found = [
        CalendarUse(
            exchange=row["exchange"],
            instruments=row["count"],
            known_until=calendar_of(row["exchange"]).known_until,
        )
        for row in rows
    ]
    return sorted(found, key=lambda use: (use.known_until or date.max, use.exchange))
