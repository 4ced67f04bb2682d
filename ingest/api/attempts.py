"""One audit event for every attempt to prove who sent a signal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from common.errors import SignalHubError
from ingest.signatures import PRODUCER_HEADER, is_producer_id

logger = structlog.get_logger("ingest.hmac")


@dataclass
class Attempt:
    """What became of one attempt; it has failed until it has passed."""

    result: str = "rejected"
    reason: str = "error"

    def passed(self) -> None:
        self.result, self.reason = "accepted", "valid_signature"

    def replayed(self) -> None:
        self.reason = "replay"


@contextmanager
def audited_attempt(headers: Mapping[str, str]) -> Iterator[Attempt]:
    """Log how an attempt ends, by the code of its error; never what the request carried."""
    attempt = Attempt()
    try:
        yield attempt
    except SignalHubError as error:
        if attempt.result == "rejected":
            attempt.reason = error.code
        raise
    finally:
        logger.info(
            "hmac_validation_attempted",
            producer_id=_loggable(headers.get(PRODUCER_HEADER)),
            result=attempt.result,
            reason=attempt.reason,
        )


def _loggable(producer_id: str | None) -> str | None:
    # Anybody can send anything here: only what has the form of an id reaches the log.
    return producer_id if producer_id is not None and is_producer_id(producer_id) else None
