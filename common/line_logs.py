"""The short way into the log, for a line that every request of a hot path writes.

The usual way leads through the standard library's loggers, handlers and formatters, and costs more
than a signal's signature, JSON and row together. Where lines are JSON, they are the same whichever
way they take; elsewhere, where people read them, there is only the usual way.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from django.conf import settings

# Made once: to make one costs as much as to use it.
_ENCODER = json.JSONEncoder(default=repr)


def line_logger(name: str, *, file: TextIO | None = None) -> Any:
    """Return a logger whose lines look like those of any other."""
    if not settings.LOG_JSON:
        return structlog.get_logger(name)

    def add_name(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["logger"] = name
        return event

    level = logging.getLevelNamesMapping()[settings.LOG_LEVEL.upper()]
    return structlog.wrap_logger(
        structlog.WriteLogger(file or sys.stderr),
        processors=[
            structlog.contextvars.merge_contextvars,
            add_name,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _as_json,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )


def _as_json(_: Any, __: str, event: MutableMapping[str, Any]) -> str:
    return _ENCODER.encode(event)
