"""What sorts ticks by what happened first, for everybody who makes something of them.

Within one instant a source's own count decides, and without one its names of events, of which the
shorter are the earlier: 9 comes before 10. Texts are compared by their characters' numbers, however
the database sorts texts otherwise.
"""

from __future__ import annotations

_BY = (
    "at",
    'source COLLATE "C"',
    "coalesce(sequence, -1)",
    "length(event_id)",
    'event_id COLLATE "C"',
)
EARLIEST_FIRST = ", ".join(_BY)
LATEST_FIRST = ", ".join(f"{term} DESC" for term in _BY)
