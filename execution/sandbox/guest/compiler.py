"""From a script's text to code: RestrictedPython's rewriting, with the parts authors miss.

Every attribute, item, iteration and assignment becomes a call of a guard. Augmented assignment to
items and attributes, `nonlocal`, `print` and type annotations work as in plain Python.
"""

import ast
import types
from typing import Any

from RestrictedPython.transformer import (
    IOPERATOR_TO_STR,
    RestrictingNodeTransformer,
    copy_locations,
)

from execution.sandbox import policy

FILE_NAME = "<script>"


class ScriptRejected(Exception):
    """A script that uses what no script may use, or that is not Python."""

    def __init__(self, message: str, *, line: int | None, kind: str = "ScriptRejected") -> None:
        super().__init__(message)
        self.line = line
        self.kind = kind


_REPHRASED = {
    "is an invalid variable name because it starts with": "names may not begin with an underscore",
    "is an invalid attribute name because it starts with": (
        "attributes may not begin with an underscore"
    ),
}


class ScriptTransformer(RestrictingNodeTransformer):
    """Rewrites a syntax tree so that everything risky goes through a guard."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[tuple[int | None, str]] = []

    def error(self, node: ast.AST, info: str) -> None:
        for original, better in _REPHRASED.items():
            if original in info:
                info = f"{better}: {info.split()[0]}"
        self.faults.append((getattr(node, "lineno", None), info))

    def check_name(self, node: Any, name: str | None, allow_magic_methods: bool = False) -> None:
        if allow_magic_methods and node.col_offset and name in policy.MAGIC_METHODS:
            return
        super().check_name(node, name)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        # `print` is an ordinary function here; the rewriting into a collector is not wanted.
        if node.id == "print" and isinstance(node.ctx, ast.Load):
            return node
        return super().visit_Name(node)  # type: ignore[return-value]

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return super().visit_arg(node)  # type: ignore[return-value]

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return super().visit_FunctionDef(node)  # type: ignore[return-value]

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        if node.value is None:
            return ast.copy_location(ast.Pass(), node)
        assignment = ast.Assign(targets=[node.target], value=node.value)
        return self.visit_Assign(ast.copy_location(assignment, node))

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.AST:
        for name in node.names:
            self.check_name(node, name)
        return node

    def visit_Global(self, node: ast.Global) -> ast.AST:
        for name in node.names:
            self.check_name(node, name)
        return node

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        return self.node_contents_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        if node.attr == "__init__" and _is_bare_super(node.value):
            call = _call("_getattr_", self.visit(node.value), ast.Constant("__init__"))
            return _located(call, node)
        return super().visit_Attribute(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        target = node.target
        if isinstance(target, ast.Name):
            return super().visit_AugAssign(node)
        operator = ast.Constant(IOPERATOR_TO_STR[type(node.op)])
        # The old value is read before the new operand is computed, as Python does it.
        if isinstance(target, ast.Subscript):
            loaded = _call("_load_item_", self.visit(target.value), self.visit(target.slice))
        else:
            self._check_attribute(target)
            name = ast.Constant(target.attr)
            loaded = _call("_load_attribute_", self.visit(target.value), name)
        stored = _call("_store_inplace_", loaded, operator, self.visit(node.value))
        return _located(ast.Expr(stored), node)

    def _check_attribute(self, target: ast.Attribute) -> None:
        probe = ast.Attribute(value=ast.Constant(None), attr=target.attr, ctx=ast.Load())
        super().visit_Attribute(ast.fix_missing_locations(ast.copy_location(probe, target)))


def _is_bare_super(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "super"
        and not (node.args or node.keywords)
    )


def _call(name: str, *arguments: Any) -> ast.Call:
    return ast.Call(func=ast.Name(name, ast.Load()), args=list(arguments), keywords=[])


def _located(new: Any, old: Any) -> Any:
    copy_locations(new, old)
    return ast.fix_missing_locations(new)


def _parse(source: str) -> ast.Module:
    try:
        tree = ast.parse(source, FILE_NAME)
    except SyntaxError as fault:
        raise ScriptRejected(fault.msg, line=fault.lineno, kind="SyntaxError") from None
    except ValueError as fault:
        raise ScriptRejected(str(fault), line=None, kind="SyntaxError") from None
    except (RecursionError, MemoryError):
        raise ScriptRejected(
            "an expression is nested too deeply; split it into several lines", line=None
        ) from None
    nodes = sum(1 for _ in ast.walk(tree))
    if nodes > policy.SOURCE_NODES_MAXIMUM:
        raise ScriptRejected(
            f"the script has {nodes} elements; {policy.SOURCE_NODES_MAXIMUM} are the most",
            line=None,
        )
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
            return compile(ast.fix_missing_locations(tree), FILE_NAME, "exec", dont_inherit=True)
    except SyntaxError as fault:
        raise ScriptRejected(fault.msg, line=fault.lineno, kind="SyntaxError") from None
    except RecursionError:
        raise ScriptRejected(
            "an expression is nested too deeply; split it into several lines", line=None
        ) from None
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
        return [(None, "an expression is nested too deeply; split it into several lines")]
    return transformer.faults
