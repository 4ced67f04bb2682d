"""Inside the jail: take one request, run the script once per context, say what came of it."""

import builtins
import types
from typing import Any

import numpy as np
import pandas as pd
import pandas_ta_classic
import talib

from execution.sandbox import protocol
from execution.sandbox.guest import builtins as script_builtins
from execution.sandbox.guest import facades
from execution.sandbox.guest.api import Conversation, LimitExceeded, make_api
from execution.sandbox.guest.clock import RUN_CLOCK
from execution.sandbox.guest.compiler import FILE_NAME, ScriptRejected, compile_script
from execution.sandbox.guest.dispatch import refuse_labels_as_protocols
from execution.sandbox.guest.screener import screen_source
from execution.sandbox.guest.values import to_json_value

MESSAGE_CHARACTERS_MAXIMUM = 1000


class Language:
    """What every script of this process finds; built once, before any guest is forked."""

    def __init__(self) -> None:
        refuse_labels_as_protocols()
        modules = facades.build_modules()
        self._builtins = script_builtins.make_builtins(modules)
        self._names = facades.preloaded_names(modules)

    def scope(self, api: dict[str, Any]) -> dict[str, Any]:
        """Return a fresh set of global names for one run."""
        scope = {"__builtins__": dict(self._builtins), "__name__": "script"}
        return scope | script_builtins.GUARDS | self._names | api


def open_scope(api: dict[str, Any], descriptor: int) -> dict[str, Any]:
    """Return global names that hide nothing, for proving that the kernel's walls hold alone."""
    libraries = {"np": np, "pd": pd, "ta": pandas_ta_classic, "talib": talib}
    names = {"__builtins__": builtins, "__name__": "script", "BROKER_FD": descriptor}
    return names | libraries | api


def answer_request(descriptor: int, language: Language) -> None:
    """Serve the one request this process was forked for."""
    request, _ = protocol.read_frame(descriptor)
    if request["op"] == "screen":
        found = screen_source(request["source"])
        protocol.write_all(descriptor, protocol.pack_frame({"op": "screened", "findings": found}))
        return
    guarded = request["language_layer"]
    try:
        code = _compile(request["source"], guarded=guarded)
    except ScriptRejected as fault:
        rejection = _failure("rejected", fault.kind, str(fault), fault.line)
        for _context in request["contexts"]:
            protocol.write_all(descriptor, protocol.pack_frame(rejection))
        return
    for context in request["contexts"]:
        conversation = Conversation(descriptor, request["limits"])
        api = make_api(conversation, context)
        scope = language.scope(api) if guarded else open_scope(api, descriptor)
        failure = run_once(code, scope, conversation, context)
        if failure is not None:
            protocol.write_all(descriptor, protocol.pack_frame(failure))


def _compile(source: str, *, guarded: bool) -> types.CodeType:
    if guarded:
        return compile_script(source)
    try:
        return compile(source, FILE_NAME, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as fault:
        line = getattr(fault, "lineno", None)
        raise ScriptRejected(str(fault), line=line, kind=type(fault).__name__) from None


def run_once(
    code: types.CodeType,
    scope: dict[str, Any],
    conversation: Conversation,
    context: dict[str, Any],
) -> dict[str, Any] | None:
    """Run a script for one context and send its result, or return the frame of its failure."""
    RUN_CLOCK.set(context["timestamp"])
    facades.RANDOMNESS.start(int(context.get("seed", 0)))
    try:
        exec(code, scope)
        outcome = _result_of(scope, conversation, context)
        if conversation.exceeded is not None:
            raise conversation.exceeded
        conversation.send(outcome)
        return None
    except MemoryError:
        scope.clear()
        message = "the limit memory_bytes was reached"
        return _failure("memory", "MemoryError", message, None, limit="memory_bytes")
    except LimitExceeded as fault:
        line = _script_line(fault)
        return _failure("output_limit", "LimitExceeded", str(fault), line, limit=fault.limit)
    # A script's fault of any kind, SystemExit included, is an outcome and not an end.
    except BaseException as fault:
        return _failure("error", type(fault).__name__, _message(fault), _script_line(fault))


def _result_of(
    scope: dict[str, Any], conversation: Conversation, context: dict[str, Any]
) -> dict[str, Any]:
    if "result" in scope:
        return {"op": "result", "status": "ok", "value": to_json_value(scope["result"])}
    if not conversation.spoken and callable(scope.get("compute")):
        data = scope["get_market_data"]()
        computed = scope["compute"](data, scope["params"])
        if context.get("every_row"):
            return {"op": "result", "status": "ok", "rows": _rows_of(computed, data)}
        return {"op": "result", "status": "ok", "value": _newest_row(computed)}
    return {"op": "result", "status": "ok"}


def _newest_row(computed: Any) -> Any:
    if not isinstance(computed, pd.Series | pd.DataFrame):
        raise TypeError(
            f"compute(data, params) returns a Series or a DataFrame, not {type(computed).__name__}"
        )
    if not len(computed):
        return None
    newest = computed.iloc[-1]
    return _shape_row(newest) if isinstance(computed, pd.DataFrame) else to_json_value(newest)


def _shape_row(row: pd.Series) -> dict[str, Any]:
    columns = to_json_value(row.to_dict())
    return columns if "value" in columns else {"value": columns}


def _rows_of(computed: Any, data: pd.DataFrame) -> list[dict[str, Any]]:
    _newest_row(computed)
    if len(computed) != len(data):
        raise ValueError(
            f"compute(data, params) returned {len(computed)} rows for {len(data)} bars"
        )
    rows = []
    for position, opened_at in enumerate(data.index):
        value = computed.iloc[position]
        shaped = _shape_row(value) if isinstance(value, pd.Series) else {"value": value}
        rows.append(to_json_value({"timestamp": opened_at, **shaped}))
    return rows


def _failure(
    status: str, kind: str, message: str, line: int | None, *, limit: str | None = None
) -> dict[str, Any]:
    shown = message[:MESSAGE_CHARACTERS_MAXIMUM]
    error = {"type": kind[:100], "message": shown, "line": line, "limit": limit}
    return {"op": "result", "status": status, "error": error}


def _message(fault: BaseException) -> str:
    # A script's own exception class may do anything when it is turned into text.
    try:
        return str(fault)
    except BaseException:
        return ""


def _script_line(fault: BaseException) -> int | None:
    line = None
    step = fault.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == FILE_NAME:
            line = step.tb_lineno
        step = step.tb_next
    return line
