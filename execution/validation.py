"""What a script may put out: each output against the version's schema and the run's clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict

import structlog

from common.canonical import NotStorable, storable_json
from common.clock import NaiveInstant, parse_instant
from common.errors import InvalidInput, ScriptFault
from common.schemas import violations

log = structlog.get_logger(__name__)


class OutputRejected(ScriptFault):
    """The script's output does not match the version's output schema."""

    code = "output_rejected"


class OutputFromTheFuture(OutputRejected):
    """An output's timestamp may not lie after the run's clock."""

    code = "output_from_the_future"


class ParamsDoNotMatchSchema(InvalidInput):
    """The params do not match the version's input schema."""

    code = "params_do_not_match_schema"


class ValidOutput(TypedDict):
    """One output as it is stored and published; the timestamp is ISO 8601, in UTC."""

    value: Any
    timestamp: str
    metadata: dict[str, Any]


def validate_outputs(
    outputs: Sequence[Mapping[str, Any]],
    schema: Mapping[str, Any],
    *,
    as_of: datetime,
    max_bytes: int,
) -> list[ValidOutput]:
    """Return the outputs as they will be published; reject all of them if one is wrong.

    Raises
    ------
    OutputRejected
        An output breaks the schema, or takes more than ``max_bytes`` as JSON; the message names the
        output, the field and the rule.
    OutputFromTheFuture
        An output claims an instant after ``as_of``.
    """
    checked = []
    for index, output in enumerate(outputs):
        name = f"outputs.{index}"
        try:
            checked.append(_validated(dict(output), name, schema, as_of=as_of, max_bytes=max_bytes))
        except (ScriptFault, MemoryError):
            raise
        except Exception as error:
            # Whatever a script puts out can fail its own run alone, and no other of its batch.
            log.exception("output_not_checked", output=name)
            raise OutputRejected(
                f"{name}: cannot be checked ({type(error).__name__}); put out plain numbers, text, "
                "lists and objects of them.",
                field=name,
            ) from error
    return checked


def validate_params(params: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
    """Raise ParamsDoNotMatchSchema, naming each field, unless the params match."""
    problems = violations(params, schema, root="params")
    if problems:
        raise ParamsDoNotMatchSchema(_sentence(problems), errors=problems)


def _validated(
    output: dict[str, Any],
    name: str,
    schema: Mapping[str, Any],
    *,
    as_of: datetime,
    max_bytes: int,
) -> ValidOutput:
    _require_storable(output, name, max_bytes=max_bytes)
    problems = violations(output, schema, root=name)
    if problems:
        raise OutputRejected(_sentence(problems), errors=problems)
    try:
        at = parse_instant(str(output["timestamp"]), field=f"{name}.timestamp")
    except NaiveInstant as error:
        raise OutputRejected(error.message, field=f"{name}.timestamp") from None
    if at > as_of:
        raise OutputFromTheFuture(
            f"{name}.timestamp {at.isoformat()} lies after the run's clock {as_of.isoformat()}.",
            field=f"{name}.timestamp",
        )
    return {
        "value": output["value"],
        "timestamp": at.isoformat(),
        "metadata": output.get("metadata") or {},
    }


def _require_storable(output: dict[str, Any], name: str, *, max_bytes: int) -> None:
    try:
        size = len(storable_json(output))
    except NotStorable:
        raise OutputRejected(
            f"{name}: only numbers in a double's range, and text without NUL or half a character.",
            field=name,
        ) from None
    if size > max_bytes:
        raise OutputRejected(
            f"{name}: {size} bytes of JSON, and at most {max_bytes} are published of one output; "
            "put out only what followers need, and let plot() and log() show the rest.",
            field=name,
            bytes=size,
            max_bytes=max_bytes,
        )


def _sentence(problems: Sequence[Mapping[str, str]]) -> str:
    first = problems[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{first['field']}: {first['message']}{more}"
