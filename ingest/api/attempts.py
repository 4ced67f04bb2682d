"""One audit event for every attempt to prove who sent something."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from common.errors import SignalHubError
from common.line_logs import line_logger
from ingest.signatures import PRODUCER_HEADER, is_producer_id

logger = line_logger("ingest.hmac")


@dataclass(slots=True)
class Attempt:
    """What became of one attempt; it has failed until it has passed."""

    result: str = "rejected"
    reason: str = "error"
    facts: dict[str, str | int] = field(default_factory=dict)

    def passed(self) -> None:
        self.result, self.reason = "accepted", "valid_signature"

    def begin_again(self) -> None:
        self.result, self.reason = "rejected", "error"

    def stored(self, facts: dict[str, str | int], *, replayed: bool) -> None:
        self.facts = facts
        if replayed:
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
            **attempt.facts,
        )


def _loggable(producer_id: str | None) -> str | None:
    # Anybody can send anything here: only what has the form of an id reaches the log.
    return producer_id if producer_id is not None and is_producer_id(producer_id) else None
