"""What a script may put out: each output against the version's schema and the run's clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict

from common.canonical import NotStorable, storable_json
from common.clock import NaiveInstant, parse_instant
from common.errors import InvalidInput, ScriptFault
from common.schemas import violations


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
    outputs: Sequence[Mapping[str, Any]], schema: Mapping[str, Any], *, as_of: datetime
) -> list[ValidOutput]:
    """Return the outputs as they will be published; reject all of them if one is wrong.

    Raises
    ------
    OutputRejected
        An output breaks the schema; the message names the output, the field and the rule.
    OutputFromTheFuture
        An output claims an instant after ``as_of``.
    """
    return [_validated(dict(o), i, schema, as_of=as_of) for i, o in enumerate(outputs)]


def validate_params(params: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
    """Raise ParamsDoNotMatchSchema, naming each field, unless the params match."""
    problems = violations(params, schema, root="params")
    if problems:
        raise ParamsDoNotMatchSchema(_sentence(problems), errors=problems)


def _validated(
    output: dict[str, Any], index: int, schema: Mapping[str, Any], *, as_of: datetime
) -> ValidOutput:
    name = f"outputs.{index}"
    try:
        storable_json(output)
    except NotStorable:
        raise OutputRejected(
            f"{name}: only finite numbers, and text without NUL or half a character.", field=name
        ) from None
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


def _sentence(problems: Sequence[Mapping[str, str]]) -> str:
    first = problems[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{first['field']}: {first['message']}{more}"
