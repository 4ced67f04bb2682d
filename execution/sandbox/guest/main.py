"""Inside the jail: take one request, run the script once per context, say what came of it."""

import builtins
import contextvars
import gc
import types
import typing
from typing import Any

import numpy as np
import pandas as pd
import pandas_ta_classic
import talib

from execution.sandbox import protocol
from execution.sandbox.guest import builtins as script_builtins
from execution.sandbox.guest import facades
from execution.sandbox.guest.api import make_api
from execution.sandbox.guest.clock import RUN_CLOCK
from execution.sandbox.guest.compiler import FILE_NAME, ScriptRejected, compile_script
from execution.sandbox.guest.conversation import Conversation, LimitExceeded
from execution.sandbox.guest.dialects import DATA, Task, line_that_wants_data, outcome_of
from execution.sandbox.guest.dispatch import refuse_labels_as_protocols
from execution.sandbox.guest.memory import prepare_zeroing, start_arrays_as_zeros
from execution.sandbox.guest.operators import forget_operands
from execution.sandbox.guest.screener import facts_of_source, screen_source
from execution.sandbox.guest.words import DialectError

MESSAGE_CHARACTERS_MAXIMUM = 1000


class DataMissing(Exception):
    """The table that a script finds under the name `data` could not be read."""

    def __init__(self, message: str, kind: str, line: int) -> None:
        super().__init__(message)
        self.kind = kind
        self.line = line


class Language:
    """What every script of this process finds; built once, before any guest is forked."""

    def __init__(self) -> None:
        refuse_labels_as_protocols()
        prepare_zeroing()
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
        source = request["source"]
        said = {"findings": screen_source(source), "facts": facts_of_source(source)}
        protocol.write_all(descriptor, protocol.pack_frame({"op": "screened", **said}))
        return
    guarded = request["language_layer"]
    try:
        code = _compile(request["source"], guarded=guarded)
    except ScriptRejected as fault:
        rejection = _failure("rejected", fault.kind, str(fault), fault.line)
        for _context in request["contexts"]:
            protocol.write_all(descriptor, protocol.pack_frame(rejection))
        return
    if guarded:
        start_arrays_as_zeros()
    for position, context in enumerate(request["contexts"]):
        if position:
            forget_last_run()
        conversation = Conversation(descriptor, request["limits"])
        api = make_api(conversation, context)
        scope = language.scope(api) if guarded else open_scope(api, descriptor)
        # What numpy and others keep for each thread of control begins anew for every context.
        failure = contextvars.copy_context().run(run_once, code, scope, conversation, context)
        if failure is not None:
            protocol.write_all(descriptor, protocol.pack_frame(failure))
        # What is left of this context can only run when it is cleared away, and then says nothing.
        del api, scope


def forget_last_run() -> None:
    """Let go of everything that a run left behind, so that the next finds none of it."""
    # `Optional[x]` and its like are remembered, and given again for anything equal to x.
    for forget in vars(typing)["_cleanups"]:
        forget()
    # Generators that were never finished run their `finally` now, and not in the next context.
    forget_operands()
    gc.collect()


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
    task = Task.take_from(context)
    RUN_CLOCK.set(task.timestamp)
    facades.RANDOMNESS.start(task.seed)
    try:
        _provide_data(code, scope, conversation, task)
        exec(code, scope)
        outcome = outcome_of(scope, conversation, task)
        if conversation.exceeded is not None:
            raise conversation.exceeded
        conversation.send_plots()
        conversation.send(outcome)
        return None
    except MemoryError:
        scope.clear()
        message = "the limit memory_bytes was reached"
        return _failure("memory", "MemoryError", message, None, limit="memory_bytes")
    except LimitExceeded as fault:
        line = _script_line(fault)
        return _failure("output_limit", "LimitExceeded", str(fault), line, limit=fault.limit)
    except DataMissing as fault:
        return _failure("error", fault.kind, str(fault), fault.line)
    except DialectError as fault:
        line = _script_line(fault) or fault.line
        return _failure("error", "DialectError", str(fault), line)
    # A script's fault of any kind, SystemExit included, is an outcome and not an end.
    except BaseException as fault:
        return _failure("error", type(fault).__name__, _message(fault), _script_line(fault))
    finally:
        conversation.close()


def _provide_data(
    code: types.CodeType, scope: dict[str, Any], conversation: Conversation, task: Task
) -> None:
    line = line_that_wants_data(code)
    if line is None:
        return
    try:
        scope[DATA] = conversation.ask_for_bars(task.bars)
    except (PermissionError, RuntimeError) as fault:
        raise DataMissing(str(fault), type(fault).__name__, line) from None


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
