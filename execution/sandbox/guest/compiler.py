"""From a script's text to code, or to the reasons why there is none."""

import ast
import types

from execution.sandbox.guest.transformer import ScriptTransformer
from execution.sandbox.policy import language, messages

FILE_NAME = "<script>"


class ScriptRejected(Exception):
    """A script that uses what no script may use, or that is not Python."""

    def __init__(self, message: str, *, line: int | None, kind: str = "ScriptRejected") -> None:
        super().__init__(message[: language.MESSAGE_CHARACTERS_MAXIMUM])
        self.line = line
        self.kind = kind


def _not_python(fault: SyntaxError | ValueError) -> ScriptRejected:
    message = fault.msg if isinstance(fault, SyntaxError) else str(fault)
    return ScriptRejected(message, line=getattr(fault, "lineno", None), kind="SyntaxError")


def _parse(source: str) -> ast.Module:
    try:
        tree = ast.parse(source, FILE_NAME)
    except (SyntaxError, ValueError) as fault:
        raise _not_python(fault) from None
    except (RecursionError, MemoryError):
        raise ScriptRejected(messages.TOO_DEEP, line=None) from None
    nodes = sum(1 for _ in ast.walk(tree))
    most = language.SOURCE_NODES_MAXIMUM
    if nodes > most:
        raise ScriptRejected(messages.TOO_LONG.format(nodes=nodes, most=most), line=None)
    return tree


def compile_script(source: str) -> types.CodeType:
    """Return a script's code, with every risky step behind a guard.

    Raises
    ------
    ScriptRejected
        The text is not Python, or uses something no script may use.
    """
    tree = _parse(source)
    transformer = ScriptTransformer()
    try:
        tree = transformer.visit(tree)
        if not transformer.faults:
            return compile(tree, FILE_NAME, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as fault:
        raise _not_python(fault) from None
    except (RecursionError, MemoryError):
        raise ScriptRejected(messages.TOO_DEEP, line=None) from None
    line, message = transformer.faults[0]
    raise ScriptRejected(message, line=line)


def find_faults(source: str) -> list[tuple[int | None, str]]:
    """Return every line of a script that would be rejected, and why."""
    try:
        tree = _parse(source)
        transformer = ScriptTransformer()
        transformer.visit(tree)
    except ScriptRejected as fault:
        return [(fault.line, str(fault))]
    except RecursionError:
        return [(None, messages.TOO_DEEP)]
    return transformer.faults
