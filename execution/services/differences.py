"""Where a repeated run leaves the recorded one: at a read, or in what came of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from execution.models import Execution
from execution.sandbox.reads import ReadFailed, ReadReply, ReadRequest
from execution.services.answers import reply_of, request_of
from execution.services.capsules import fault_in_short
from execution.services.claims import Ending
from gateway.access import NotReadable
from gateway.models import DataAccess
from gateway.requests import GatewayReply, as_json

# Where a run was stopped from outside depends on the machine, so only that it was is compared.
STOPPED = frozenset({"timeout", "memory", "crashed", "violation"})
SHOWN_CHARACTERS = 300
NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The first place at which two runs differ, with both values as text."""

    where: str
    recorded: str
    here: str

    def sentence(self) -> str:
        """Return the difference on one line."""
        return f"{self.where}: recorded {self.recorded}, here {self.here}"


class Divergence(Exception):
    """A repeated run left the recorded one; it is ended there."""

    def __init__(self, difference: Difference) -> None:
        self.difference = difference
        super().__init__(difference.sentence())


class RecordedReads:
    """Answers the reads of a repeated run with what the recorded one was answered."""

    def __init__(self, rows: Sequence[DataAccess], answers: Mapping[str, GatewayReply]) -> None:
        self._rows = rows
        self._answers = answers
        self._made = 0

    def answer(self, request: ReadRequest) -> ReadReply:
        """Answer the next read as it was answered then, if it is the same read."""
        wanted = request_of(request)
        asked = {"kind": wanted.kind, **as_json(wanted)}
        row = self._rows[self._made] if self._made < len(self._rows) else None
        self._made += 1
        recorded = None if row is None else {"kind": row.kind, **row.request}
        if row is None or recorded != asked:
            raise Divergence(_difference(f"read {self._made}", recorded, asked))
        if row.refusal == NotReadable.code:
            raise NotReadable(row.refusal_message)
        if row.refusal:
            raise ReadFailed(row.refusal_message)
        return reply_of(self._answers[row.sha256])

    def unused(self) -> Difference | None:
        """Return the first recorded read that was not made, as a difference, or None."""
        if self._made >= len(self._rows):
            return None
        row = self._rows[self._made]
        return _difference(f"read {self._made + 1}", {"kind": row.kind, **row.request}, None)


def first_difference(
    execution: Execution, ending: Ending, *, unused: Difference | None
) -> Difference | None:
    """Return where the end of a repeated run differs from the recorded one, or None."""
    same_end = (ending.status, ending.outcome) == (execution.status, execution.outcome)
    if same_end and execution.outcome in STOPPED:
        return None
    if unused is not None:
        return unused
    if not same_end:
        then = f"{execution.status}, {execution.outcome}"
        return Difference(where="status", recorded=then, here=f"{ending.status}, {ending.outcome}")
    return next(_differences(execution, ending.fields), None)


def _differences(execution: Execution, fields: Mapping[str, Any]) -> Iterator[Difference]:
    recorded, here = fault_in_short(execution.error), fault_in_short(fields["error"])
    if recorded != here:
        yield from _by_field("error", recorded, here)
    if execution.output_sha256 != fields["output_sha256"]:
        yield from _of_outputs(execution.outputs, fields["outputs"])
        then, now = execution.output_sha256, fields["output_sha256"]
        yield Difference(where="outputs", recorded=then, here=now)
    if execution.log_sha256 != fields["log_sha256"]:
        for number, (then, now) in enumerate(zip_longest(execution.log, fields["log"]), start=1):
            if then != now:
                yield _difference(f"log line {number}", then, now)


def _of_outputs(recorded: Sequence[Any], here: Sequence[Any]) -> Iterator[Difference]:
    for number, (then, now) in enumerate(zip_longest(recorded, here), start=1):
        if then == now:
            continue
        if then is None or now is None:
            yield _difference(f"output {number}", then, now)
        else:
            yield from _by_field(f"output {number}", then, now)


def _by_field(where: str, recorded: Any, here: Any) -> Iterator[Difference]:
    if not (isinstance(recorded, dict) and isinstance(here, dict)):
        yield _difference(where, recorded, here)
        return
    for name in sorted(recorded.keys() | here.keys()):
        then, now = recorded.get(name), here.get(name)
        if then != now:
            yield from _by_field(f"{where}, {name}", then, now)


def _difference(where: str, recorded: Any, here: Any) -> Difference:
    return Difference(where=where, recorded=_shown(recorded), here=_shown(here))


def _shown(value: Any) -> str:
    text = NOTHING if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
