"""What a script uses, as plain facts: modules, library functions, and what it reads and calls."""

import ast
from collections.abc import Iterator

from execution.sandbox.guest.checks.script import Script
from execution.sandbox.screening_rules import FACT_CHARACTERS, FACTS_MAXIMUM

READERS = {
    "get_market_data": ("instrument", "timeframe"),
    "get_metric": ("name", "instrument"),
    "get_script_output": ("script_id",),
}
PLATFORM = frozenset(
    (*READERS, "emit_signal", "signal", "plot", "log", "get_timestamp", "get_unix_timestamp")
)
_LIBRARIES = frozenset(("numpy", "pandas", "pandas_ta", "talib"))


def facts_of(script: Script) -> dict[str, list[str]]:
    """Return what a script imports, which reads it asks for and which functions it calls."""
    return {
        "modules": _listed(_modules(script)),
        "reads": _listed(_reads(script)),
        "functions": _listed(_functions(script)),
    }


def _modules(script: Script) -> Iterator[str]:
    for plain in script.nodes(ast.Import):
        yield from (alias.name for alias in plain.names)
    for chosen in script.nodes(ast.ImportFrom):
        yield "." * chosen.level + (chosen.module or "")
    # The libraries that are there without an import count as well.
    for attribute in script.nodes(ast.Attribute):
        root = script.dotted(attribute).partition(".")[0]
        if root in _LIBRARIES:
            yield root


def _reads(script: Script) -> Iterator[str]:
    for call in script.nodes(ast.Call):
        if not isinstance(call.func, ast.Name) or call.func.id not in READERS:
            continue
        given = dict(zip(READERS[call.func.id], call.args, strict=False))
        given |= {each.arg: each.value for each in call.keywords if each.arg}
        wanted = (_said(script, given[name]) for name in READERS[call.func.id] if name in given)
        yield f"{call.func.id}({', '.join(wanted)})"


def _said(script: Script, node: ast.expr) -> str:
    text = script.text(node)
    return "…" if text is None else repr(text)


def _functions(script: Script) -> Iterator[str]:
    for name in script.nodes(ast.Name):
        if name.id in PLATFORM and isinstance(name.ctx, ast.Load):
            yield name.id
    for call in script.nodes(ast.Call):
        dotted = script.dotted(call.func)
        if dotted.partition(".")[0] in _LIBRARIES:
            yield dotted


def _listed(found: Iterator[str]) -> list[str]:
    # What cannot be encoded, such as half of a surrogate pair, is written out.
    written = {each.encode("utf-8", "backslashreplace").decode() for each in found}
    return sorted({each[:FACT_CHARACTERS] for each in written if each})[:FACTS_MAXIMUM]
