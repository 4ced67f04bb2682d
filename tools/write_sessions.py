"""Write down when exchanges are open, from a library that knows: ``market/data/sessions.json``.

Run it when the library has news, and read what changed in the file before it is committed. Only
whoever does that needs the library: what runs reads the file.
"""

from __future__ import annotations

import json
import warnings
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

# Not its own fault: it reads pandas in a way that newer ones discourage.
warnings.simplefilter("ignore")

import exchange_calendars  # noqa: E402
import pandas  # noqa: E402

PATH = Path(__file__).resolve().parent.parent / "market" / "data" / "sessions.json"
FIRST, LAST = date(1990, 1, 1), date(2035, 12, 31)
EXCHANGES = (
    *("XNYS", "XTSE", "XLON", "XPAR", "XAMS", "XBRU", "XETR"),
    *("XSWX", "XMIL", "XBOM", "XASX", "XJSE", "XTKS", "XHKG"),
)

# Opening and closing, as the clocks of the exchange show it; of a day with a pause both, twice.
Hours = list[str]


def table_of(name: str) -> dict[str, Any]:
    """Return what is written down of one exchange."""
    known = exchange_calendars.get_calendar(name)
    earliest, latest = known.bound_min(), known.bound_max()
    first = max(FIRST, earliest.date()) if earliest is not None else FIRST
    last = min(LAST, latest.date()) if latest is not None else LAST
    calendar = exchange_calendars.get_calendar(name, start=first.isoformat(), end=last.isoformat())
    found = {
        row.Index.date(): _hours(row, zone=calendar.tz) for row in calendar.schedule.itertuples()
    }
    usual = _usual_hours(found)
    return {
        "timezone": str(calendar.tz),
        "from": first.isoformat(),
        "until": last.isoformat(),
        "hours": {
            str(year): hours for year, hours in usual.items() if usual.get(year - 1) != hours
        },
        "closed": [day.isoformat() for day in _weekdays(first, last) if day not in found],
        "irregular": {
            day.isoformat(): hours
            for day, hours in found.items()
            if hours != usual[day.year] or day.weekday() >= 5
        },
    }


def _hours(row: Any, *, zone: Any) -> Hours:
    instants = [row.open, row.break_start, row.break_end, row.close]
    there = [instant for instant in instants if not pandas.isna(instant)]
    return [instant.tz_convert(zone).strftime("%H:%M") for instant in there]


def _usual_hours(found: dict[date, Hours]) -> dict[int, Hours]:
    years: dict[int, Counter[tuple[str, ...]]] = {}
    for day, hours in found.items():
        years.setdefault(day.year, Counter())[tuple(hours)] += 1
    return {year: list(counts.most_common(1)[0][0]) for year, counts in years.items()}


def _weekdays(first: date, last: date) -> list[date]:
    days = ((first + timedelta(days=n)) for n in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5]


def _as_text(tables: dict[str, dict[str, Any]]) -> str:
    # One line for each kind of thing and year, so that a change is seen.
    def lines(table: dict[str, Any]) -> str:
        closed: dict[str, list[str]] = {}
        for day in table["closed"]:
            closed.setdefault(day[:4], []).append(day[5:])
        compact = {**table, "closed": closed}
        return ",\n".join(f'  "{key}": {_piece(value)}' for key, value in compact.items())

    pieces = ",\n".join(f'"{name}": {{\n{lines(table)}\n}}' for name, table in tables.items())
    return f"{{\n{pieces}\n}}\n"


def _piece(value: Any) -> str:
    if not isinstance(value, dict):
        return json.dumps(value)
    inner = ",\n".join(f'    "{key}": {json.dumps(item)}' for key, item in value.items())
    return f"{{\n{inner}\n  }}" if inner else "{}"


if __name__ == "__main__":
    PATH.write_text(_as_text({name: table_of(name) for name in EXCHANGES}), encoding="utf-8")
    print(f"{PATH}: {len(EXCHANGES)} exchanges")
