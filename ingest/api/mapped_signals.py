"""Read a producer's own body as a signal; what is wrong is named where it stands in that body."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ingest.api.serializers import InvalidSignal, Violation, read_signal
from ingest.mapping_rules import Rules, read_mapping
from ingest.mappings import Translation, translate
from ingest.models import Dialect, Producer
from ingest.services.acceptance import NewSignal


def read_mapped_signal(document: Any, producer: Producer, *, received_at: datetime) -> NewSignal:
    """Return the signal of a parsed body, by the producer's mapping where it has one.

    Raises
    ------
    InvalidSignal
        With every violation, not only the first.
    """
    if producer.mapping is None:
        return read_signal(document, payload_schema=producer.payload_schema)
    with_token = producer.dialect == Dialect.TRADINGVIEW
    rules = read_mapping(producer.mapping, with_token=with_token)
    found = translate(document, rules, received_at=received_at)
    violations = [
        Violation(("body", *problem.path), problem.msg, problem.kind) for problem in found.problems
    ]
    try:
        signal = read_signal(found.document, payload_schema=producer.payload_schema)
    except InvalidSignal as error:
        raise InvalidSignal([*violations, *_of_body(error, rules, found)]) from None
    if violations:
        raise InvalidSignal(violations)
    return signal


def _of_body(error: InvalidSignal, rules: Rules, found: Translation) -> list[Violation]:
    told = {problem.field for problem in found.problems}
    violations = []
    for said in error.details["violations"]:
        name = said["loc"][1] if len(said["loc"]) > 1 else ""
        if name in told:
            continue
        rule = rules.fields.get(name)
        loc = ("body", *rule.path) if rule and rule.path else said["loc"]
        violations.append(Violation(loc, said["msg"], said["type"]))
    return violations
