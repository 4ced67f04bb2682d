"""Logs: one line an event, with its fields; JSON where machines read them."""

from __future__ import annotations

import logging
from typing import Any

import structlog

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]


def logging_settings(level: str, *, as_json: bool) -> dict[str, Any]:
    """Configure structlog and return Django's LOGGING, so that both write the same lines."""
    # What no line of ours names need not be found out for each.
    logging.logThreads = logging.logMultiprocessing = False
    logging.logProcesses = False
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    renderer,
                ],
                "foreign_pre_chain": _SHARED,
            },
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level},
        # One line a task, whatever it does, says nothing that the executions do not.
        "loggers": {
            "django-q": {"level": "WARNING"},
            # Its line for each request would show the address, and a bot's token is part of one.
            "httpx": {"level": "WARNING"},
            # Whoever asks for another site is told; a traceback for each tells nobody anything.
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            # What was refused stands in the request's own line; a fault of ours stands here.
            "django.request": {"level": "ERROR"},
        },
    }
