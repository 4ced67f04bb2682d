"""The recording that comes with the project: daily prices of five American shares, 2000 to 2013.

Where it is from, and that it may be used by anybody, is told in ``data/NOTICE.md``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType

from market.feeds.replay import Recording, read_daily_recording

PATH = Path(__file__).parent / "data" / "equity_us_daily_2000_2013.csv.gz"
CURRENCY, TIMEZONE = "USD", "America/New_York"

# The names and exchanges are those of the time of the recording.
LISTINGS = MappingProxyType(
    {
        "AAPL": ("Apple Inc.", "NASDAQ"),
        "FB": ("Facebook, Inc.", "NASDAQ"),
        "GOOG": ("Google Inc.", "NASDAQ"),
        "IBM": ("International Business Machines Corporation", "NYSE"),
        "MSFT": ("Microsoft Corporation", "NASDAQ"),
    }
)
# Six years of history before it, seven years of sessions after it.
REPLAY_STARTS_AT = datetime(2006, 1, 3, tzinfo=UTC)


@cache
def recording() -> Recording:
    """Return the recording; the file is read once."""
    return read_daily_recording(PATH)
