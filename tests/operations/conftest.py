"""A market with a script that somebody is subscribed to, and runs down the real spine."""

from __future__ import annotations

from tests.execution.conftest import (  # noqa: F401  the market and the queue they know
    empty_queue,
    ibm,
    three_sessions,
)
