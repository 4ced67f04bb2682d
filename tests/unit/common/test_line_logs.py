"""The short way into the log writes what the usual way writes."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import structlog
from pytest_django import Settings

from common.line_logs import line_logger
from signalhub.settings.logs import logging_settings

FACTS = {"producer_id": "north", "result": "accepted", "reason": "replay", "side": "buy"}


class Keeping(logging.Handler):
    """Keeps records as they come."""

    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__()
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)


def usual_line() -> dict[str, Any]:
    """Return what the configured way makes of an event."""
    formatter = logging_settings("INFO", as_json=True)["formatters"]["line"]
    made = structlog.stdlib.ProcessorFormatter(
        processors=formatter["processors"], foreign_pre_chain=formatter["foreign_pre_chain"]
    )
    records: list[logging.LogRecord] = []
    logger = logging.getLogger("ingest.hmac")
    handler = Keeping(records)
    logger.addHandler(handler)
    try:
        structlog.get_logger("ingest.hmac").info("hmac_validation_attempted", **FACTS)
    finally:
        logger.removeHandler(handler)
    return dict(json.loads(made.format(records[0])))


def test_its_line_has_the_form_of_every_other(settings: Settings) -> None:
    settings.LOG_JSON = True
    written = io.StringIO()

    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        line_logger("ingest.hmac", file=written).info("hmac_validation_attempted", **FACTS)
        usual = usual_line()

    line = json.loads(written.getvalue())
    assert written.getvalue().endswith("}\n")
    assert line.keys() == usual.keys()
    assert line | {"timestamp": ""} == usual | {"timestamp": ""}
    assert line["request_id"] == "r-1"
    assert len(line["timestamp"]) == len(usual["timestamp"])


def test_it_keeps_to_the_level(settings: Settings) -> None:
    settings.LOG_JSON, settings.LOG_LEVEL = True, "warning"
    written = io.StringIO()

    line_logger("ingest.hmac", file=written).info("unheard")

    assert written.getvalue() == ""


def test_where_people_read_it_takes_the_usual_way(settings: Settings) -> None:
    settings.LOG_JSON = False

    with structlog.testing.capture_logs() as logs:
        line_logger("ingest.hmac").info("heard")

    assert [entry["event"] for entry in logs] == ["heard"]
