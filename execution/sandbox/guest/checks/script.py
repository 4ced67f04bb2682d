"""A script as the checks read it: its tree, the values of its constants, what its names stand for.

Nothing is executed. Everything that follows names or folds constants has a budget, because the
author of the script chooses how long it takes.
"""

import ast
import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from execution.sandbox.screening_rules import MESSAGE_CHARACTERS, RULES

_CODE_CHARACTERS = 60
_TEXT_CHARACTERS = 4000
_DEPTH_MAXIMUM = 40
_DERIVATION_MAXIMUM = 400
_SHORT_NAMES = {"np": "numpy", "pd": "pandas", "ta": "pandas_ta", "dt": "datetime"}
_N = TypeVar("_N", bound=ast.AST)


@dataclass(frozen=True, kw_only=True)
class Found:
    """One place that a rule is about; the message gives the reason and names the code."""

    rule: str
    level: str
    message: str
    line: int | None = None
    column: int | None = None


class Script:
    """The parsed text of a script."""

    def __init__(self, source: str, tree: ast.Module) -> None:
        self.source = source
        self.tree = tree
        self._lines = [line.encode("utf-8", "replace") for line in source.split("\n")]
        self.parents: dict[ast.AST, ast.AST] = {}
        self._by_kind: dict[type, list[ast.AST]] = {}
        for node in ast.walk(tree):
            self._by_kind.setdefault(type(node), []).append(node)
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node
        self.assigned = self._assignments()
        self._modules = dict(self._imported())
        # Also what keeps names that stand for each other from being followed again and again.
        self._numbers: dict[str, int | float | None] = {}
        self._texts: dict[str, str | None] = {}

    def nodes(self, kind: type[_N]) -> list[_N]:
        """Return every node of a kind."""
        return self._by_kind.get(kind, [])  # type: ignore[return-value]

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """Return what contains a node, from the inside out."""
        while (parent := self.parents.get(node)) is not None:
            yield parent
            node = parent

    def found(self, rule: str, node: ast.AST, reason: str, *, level: str | None = None) -> Found:
        """Report a node; ``{code}`` in the reason becomes the code found there."""
        message = reason.replace("{code}", self.code(node))
        return Found(
            rule=rule,
            level=level or RULES[rule].levels[0],
            message=message[:MESSAGE_CHARACTERS],
            line=getattr(node, "lineno", None),
            column=getattr(node, "col_offset", 0) + 1,
        )

    def code(self, node: ast.AST) -> str:
        """Return the beginning of a node's own text, on one line."""
        first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", None)
        if not first or last is None:
            return type(node).__name__
        start, end = node.col_offset, node.end_col_offset  # type: ignore[attr-defined]
        lines = self._lines[first - 1 : min(last, first + 3)]
        if last - first < len(lines):
            lines[-1] = lines[-1][:end]
        lines[0] = lines[0][start:]
        text = " ".join(b" ".join(lines).decode("utf-8", "replace").split())
        return text if len(text) <= _CODE_CHARACTERS else f"{text[: _CODE_CHARACTERS - 1]}…"

    def _assignments(self) -> dict[str, list[ast.expr | None]]:
        # What a name may hold; None stands for something that is not written down here.
        assigned: dict[str, list[ast.expr | None]] = {}
        for node in self.nodes(ast.Name):
            if isinstance(node.ctx, ast.Store):
                assigned.setdefault(node.id, []).append(_value_for(node, self.parents[node]))
        for argument in self.nodes(ast.arg):
            assigned.setdefault(argument.arg, []).append(None)
        return assigned

    def _imported(self) -> Iterator[tuple[str, str]]:
        yield from _SHORT_NAMES.items()
        for plain in self.nodes(ast.Import):
            for alias in plain.names:
                if alias.asname:
                    yield alias.asname, alias.name.replace("_classic", "")
        for chosen in self.nodes(ast.ImportFrom):
            for alias in chosen.names:
                module = (chosen.module or "").replace("_classic", "")
                yield alias.asname or alias.name, f"{module}.{alias.name}"

    def dotted(self, node: ast.expr) -> str:
        """Return a name with its module in full, such as ``numpy.roll``; else an empty text."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        return ".".join([self._modules.get(node.id, node.id), *reversed(parts)])

    def only_value(self, name: str) -> ast.expr | None:
        """Return what a name stands for when it is assigned exactly once."""
        values = self.assigned.get(name, [])
        return values[0] if len(values) == 1 else None

    def number(self, node: ast.AST | None, depth: int = 0) -> int | float | None:
        """Return the number a constant expression stands for; infinity when it is vast."""
        if depth > _DEPTH_MAXIMUM:
            return None
        match node:
            case ast.Constant(value=bool()):
                return None
            case ast.Constant(value=int() | float()):
                return node.value  # type: ignore[return-value]
            case ast.Name(id=name):
                if name not in self._numbers:
                    self._numbers[name] = None
                    self._numbers[name] = self.number(self.only_value(name), depth + 1)
                return self._numbers[name]
            case ast.UnaryOp(op=ast.USub()):
                value = self.number(node.operand, depth + 1)
                return None if value is None else -value
            case ast.BinOp():
                left = self.number(node.left, depth + 1)
                right = self.number(node.right, depth + 1)
                if left is not None and right is not None:
                    return _arithmetic(node.op, left, right)
        return None

    def text(self, node: ast.AST | None, depth: int = 0) -> str | None:
        """Return the text a constant expression stands for, however it is put together."""
        if depth > _DEPTH_MAXIMUM:
            return None
        value = self._text(node, depth + 1)
        return value[:_TEXT_CHARACTERS] if value is not None else None

    def _text(self, node: ast.AST | None, depth: int) -> str | None:
        match node:
            case ast.Constant(value=str()):
                return str(node.value)
            case ast.Name(id=name):
                if name not in self._texts:
                    self._texts[name] = None
                    self._texts[name] = self.text(self.only_value(name), depth)
                return self._texts[name]
            case ast.BinOp(op=ast.Add()):
                return _joined([self.text(node.left, depth), self.text(node.right, depth)])
            case ast.JoinedStr():
                return _joined([self.text(part, depth) for part in node.values])
            case ast.FormattedValue():
                return self.text(node.value, depth)
            case ast.Subscript(slice=ast.Slice(lower=None, upper=None, step=step)):
                value = self.text(node.value, depth)
                return value[::-1] if value and self.number(step) == -1 else None
            case ast.Call(func=ast.Name(id="chr"), args=[code]):
                number = self.number(code)
                return chr(number) if isinstance(number, int) and 0 <= number < 0x110000 else None
            case ast.Call(func=ast.Attribute(attr="join", value=between), args=[pieces]):
                return self._join(self.text(between, depth), pieces, depth)
        return None

    def _join(self, between: str | None, pieces: ast.expr, depth: int) -> str | None:
        if between is None or not isinstance(pieces, ast.List | ast.Tuple):
            return None
        texts = [self.text(piece, depth) for piece in pieces.elts]
        return between.join(text or "" for text in texts) if None not in texts else None

    def derivation(self, node: ast.AST) -> list[ast.AST]:
        """Return the nodes of an expression and of what its names stand for."""
        waiting, expanded = [node], set[str]()
        seen: list[ast.AST] = []
        while waiting and len(seen) < _DERIVATION_MAXIMUM:
            current = waiting.pop()
            seen.append(current)
            if isinstance(current, ast.Lambda):
                continue
            waiting.extend(ast.iter_child_nodes(current))
            if isinstance(current, ast.Name) and current.id not in expanded:
                expanded.add(current.id)
                waiting.extend(value for value in self.assigned.get(current.id, []) if value)
        return seen


def keyword(call: ast.Call, name: str, position: int | None = None) -> ast.expr | None:
    """Return an argument of a call, by its name or its position."""
    for given in call.keywords:
        if given.arg == name:
            return given.value
    if position is not None and position < len(call.args):
        return call.args[position]
    return None


def method_of(node: ast.AST) -> str:
    """Return the name of the method a node calls; empty when it calls none."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr
    return ""


def is_true(node: ast.AST | None) -> bool:
    """Tell whether a node is the constant True."""
    return isinstance(node, ast.Constant) and node.value is True


@functools.cache
def words(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


def _value_for(node: ast.Name, parent: ast.AST) -> ast.expr | None:
    if isinstance(parent, ast.Assign) and node in parent.targets:
        return parent.value
    if isinstance(parent, ast.AnnAssign | ast.NamedExpr):
        return parent.value
    return None


def _joined(parts: list[str | None]) -> str | None:
    return None if None in parts else "".join(part or "" for part in parts)


def _arithmetic(operator: ast.operator, left: float, right: float) -> int | float | None:
    try:
        match operator:
            case ast.Add():
                return left + right
            case ast.Sub():
                return left - right
            case ast.Mult():
                return left * right if abs(left) < 1e30 and abs(right) < 1e30 else math.inf
            case ast.Pow():
                return _power(left, right)
            case ast.LShift():
                return _power(2, right) * left
            case ast.Div() | ast.FloorDiv():
                return left / right
    except (ZeroDivisionError, OverflowError):
        return None
    return None


def _power(base: float, exponent: float) -> float:
    if abs(base) > 1 and exponent * math.log10(abs(base)) > 100:
        return math.inf
    value = base**exponent
    return value if isinstance(value, int | float) else math.nan
