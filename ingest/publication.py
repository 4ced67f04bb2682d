"""How whoever publishes signals is woken."""

from __future__ import annotations

from ingest.dialogue import Statement

CHANNEL = "ingest_signals"  # PostgreSQL's; the payload is empty
WAKE = Statement("SELECT pg_notify(%(channel)s, '')", {"channel": CHANNEL})
