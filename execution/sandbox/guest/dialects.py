"""Which kind of script it is, and what it puts out: one engine for every dialect.

In this order: `result`, or what was emitted, is the output; else compute(data, params) is
evaluated, or strategy(data). A script that reads the global name `data` without having assigned it
finds a table of its bars there.
"""

import types
from collections.abc import Iterator
from dataclasses import dataclass
from dis import opmap
from typing import Any

import pandas as pd

from execution.sandbox.guest import rows, strategies
from execution.sandbox.guest.conversation import Conversation
from execution.sandbox.guest.values import shape_output, shape_result, to_json_value
from execution.sandbox.guest.words import DialectError

BARS_OF_A_WINDOW = 500
DATA = "data"

_STORES = frozenset(opmap[name] for name in ("STORE_NAME", "STORE_GLOBAL"))
_NAME_LOADS = frozenset(
    opmap[name] for name in ("LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS") if name in opmap
)
_GLOBAL_LOAD = opmap["LOAD_GLOBAL"]
_EXTENDED = opmap["EXTENDED_ARG"]


@dataclass(frozen=True, kw_only=True)
class Task:
    """What the platform wants of one context besides running the script."""

    timestamp: str
    timeframe: str | None
    seed: int
    # Every row of a window rather than the newest, for history and backtests.
    every_row: bool
    bars: int

    @classmethod
    def take_from(cls, context: dict[str, Any]) -> "Task":
        """Return the task of a context, and leave in the context what a script may see."""
        return cls(
            timestamp=context["timestamp"],
            timeframe=context.get("timeframe"),
            seed=int(context.pop("seed", 0)),
            every_row=bool(context.pop("every_row", False)),
            bars=int(context.pop("bars", BARS_OF_A_WINDOW)),
        )


# --- does the script want `data`? ---------------------------------------------------------------


def _uses(code: types.CodeType, name: str) -> Iterator[tuple[str, int]]:
    # Read from the bytes: naming every instruction takes longer than most scripts run.
    raw, high = code.co_code, 0
    for offset in range(0, len(raw), 2):
        operation, argument = raw[offset], raw[offset + 1] | high
        high = argument << 8 if operation == _EXTENDED else 0
        if operation == _GLOBAL_LOAD:
            argument >>= 1
        elif operation not in _NAME_LOADS and operation not in _STORES:
            continue
        if code.co_names[argument] == name:
            yield "store" if operation in _STORES else "load", offset


def _line_at(code: types.CodeType, wanted: int) -> int:
    for start, end, line in code.co_lines():
        if start <= wanted < end and line is not None:
            return line
    return code.co_firstlineno


def _first_load(code: types.CodeType, name: str) -> int | None:
    if name in code.co_names:
        for kind, offset in _uses(code, name):
            return _line_at(code, offset) if kind == "load" else None
    return None


def line_that_wants_data(code: types.CodeType) -> int | None:
    """Return the line on which a script first reads a global `data` that it has not assigned.

    Its own top level is followed in the order of its lines. A function or a class that reads the
    global counts where nothing on the top level assigns it.
    """
    line = _first_load(code, DATA)
    if line is not None:
        return line
    if DATA in code.co_names and any(kind == "store" for kind, _ in _uses(code, DATA)):
        return None
    inner = [one for one in code.co_consts if isinstance(one, types.CodeType)]
    while inner:
        one = inner.pop(0)
        line = _first_load(one, DATA)
        if line is not None:
            return line
        inner += [deeper for deeper in one.co_consts if isinstance(deeper, types.CodeType)]
    return None


# --- what does the script put out? --------------------------------------------------------------


def outcome_of(scope: dict[str, Any], conversation: Conversation, task: Task) -> dict[str, Any]:
    """Return the result frame of a script whose top level has run."""
    done: dict[str, Any] = {"op": "result", "status": "ok"}
    if "result" in scope:
        return done | {"value": shape_result(scope["result"])}
    if conversation.spoken:
        return done
    compute, strategy = (_function(scope, name) for name in ("compute", "strategy"))
    if compute is not None and strategy is not None:
        raise DialectError(
            "a script has compute(data, params) or strategy(data), not both", function=strategy
        )
    if compute is not None:
        return done | _computed(compute, scope["params"], conversation, task)
    if strategy is not None:
        return done | _advised(strategy, conversation, task)
    return done


def _function(scope: dict[str, Any], name: str) -> Any:
    found = scope.get(name)
    return found if callable(found) else None


def _computed(compute: Any, params: Any, conversation: Conversation, task: Task) -> dict[str, Any]:
    data = conversation.ask_for_bars(task.bars)
    computed = rows.compute_rows(compute, data, params)
    if not task.every_row:
        return {"value": rows.newest_row(computed)}
    return {"rows": rows.every_row(computed, _closes(data, task))}


def _advised(strategy: Any, conversation: Conversation, task: Task) -> dict[str, Any]:
    data = conversation.ask_for_bars(task.bars)
    words = strategies.find_words(strategy, data, conversation)
    told = _closes(data, task), to_json_value(data["close"])
    if task.every_row:
        return {"rows": [shape_output(one) for one in strategies.find_signals(words, *told)]}
    if not words:
        return {}
    return {"value": shape_output(strategies.current_signal(words, *told))}


def _closes(data: pd.DataFrame, task: Task) -> pd.DatetimeIndex:
    return rows.closing_instants(pd.DatetimeIndex(data.index), task.timeframe)
