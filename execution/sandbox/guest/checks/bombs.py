"""What would take all the time or memory there is."""

import ast
import math
import re
from collections.abc import Iterator

from execution.sandbox.guest.checks.script import Found, Script, keyword, method_of, words

HUGE_STEPS = 100_000_000
MANY_STEPS = 10_000_000
HUGE_ELEMENTS = 50_000_000
HUGE_DIGITS = 100
_MAKERS = words(
    "zeros ones empty full arange linspace eye identity tri random rand randn normal repeat tile "
    "logspace geomspace standard_normal randint uniform"
)
_SQUARE = words("eye identity tri")
_COMBINING = words("product permutations combinations combinations_with_replacement")
_COMBINED_MAXIMUM = 6
_ENDLESS = words("itertools.count itertools.cycle")
_CONSUMERS = words("list tuple sum max min sorted set len any all collections.deque dict")
_WIDTH = re.compile(r"(\d{6,})")
_DOUBLINGS = 25
_LOOPS = (ast.For, ast.While)


def check(script: Script) -> Iterator[Found]:
    """Report what would not end or not fit."""
    for loop in script.nodes(ast.While):
        yield from _check_while(script, loop)
    for walk in script.nodes(ast.For):
        yield from _check_for(script, walk)
    for operation in script.nodes(ast.BinOp):
        yield from _check_operation(script, operation)
    for call in script.nodes(ast.Call):
        yield from _check_call(script, call)
    for part in script.nodes(ast.FormattedValue):
        if _has_huge_width(script.text(part.format_spec)):
            yield script.found("resource_bombs.huge_memory", part, "{code} pads to a vast width")
    for function in script.nodes(ast.FunctionDef):
        yield from _check_recursion(script, function)
    yield from _check_doubling(script)


def _own(loop: ast.For | ast.While) -> Iterator[ast.AST]:
    """Return what a loop does itself, without the functions that it defines."""
    waiting: list[ast.AST] = list(loop.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            waiting.extend(ast.iter_child_nodes(node))


def _check_while(script: Script, loop: ast.While) -> Iterator[Found]:
    if not (isinstance(loop.test, ast.Constant) and loop.test.value):
        return
    leaves = any(
        isinstance(node, ast.Return | ast.Raise)
        or (isinstance(node, ast.Break) and _loop_of(script, node) is loop)
        for node in _own(loop)
    )
    if not leaves:
        reason = f"while {script.code(loop.test)} has no way out"
        yield script.found("resource_bombs.endless_loop", loop, reason)


def _loop_of(script: Script, node: ast.AST) -> ast.AST | None:
    return next((up for up in script.above(node) if isinstance(up, _LOOPS)), None)


def _check_for(script: Script, loop: ast.For) -> Iterator[Found]:
    inside = [up for up in script.above(loop) if isinstance(up, _LOOPS)]
    steps = math.prod(_steps(script, each) or 1 for each in [loop, *inside])
    if steps >= MANY_STEPS:
        level = "danger" if steps >= HUGE_STEPS else "caution"
        reason = f"for … in {script.code(loop.iter)} goes round {steps:.0e} times"
        yield script.found("resource_bombs.huge_loop", loop, reason, level=level)
    elif len(inside) in (1, 2):
        unknown = [each for each in [loop, *inside] if _walks_the_bars(script, each)]
        if len(unknown) > 1:
            level = "caution" if len(unknown) > 2 else "info"
            reason = f"loops over the bars lie {len(unknown)} deep at for … in {{code}}"
            reason = reason.replace("{code}", script.code(loop.iter))
            yield script.found("resource_bombs.nested_loops", loop, reason, level=level)
    leaves = any(isinstance(node, ast.Break | ast.Return | ast.Raise) for node in _own(loop))
    made_by = script.dotted(loop.iter.func) if isinstance(loop.iter, ast.Call) else ""
    if made_by in _ENDLESS and not leaves:
        reason = f"for … in {script.code(loop.iter)} has no way out"
        yield script.found("resource_bombs.endless_loop", loop, reason)
    if isinstance(loop.iter, ast.Name) and _grows(loop, loop.iter.id):
        reason = f"the loop adds to {loop.iter.id} while it walks through it"
        yield script.found("resource_bombs.endless_loop", loop, reason)


def _grows(loop: ast.For, name: str) -> bool:
    leaves = any(isinstance(node, ast.Break | ast.Return) for node in _own(loop))
    return not leaves and any(
        method_of(node) in ("append", "extend", "insert")
        and isinstance(node.func.value, ast.Name)  # type: ignore[attr-defined]
        and node.func.value.id == name  # type: ignore[attr-defined]
        for node in _own(loop)
    )


def _steps(script: Script, loop: ast.AST) -> float | None:
    if not isinstance(loop, ast.For) or not isinstance(loop.iter, ast.Call):
        return None
    return _length(script, loop.iter)


def _length(script: Script, call: ast.Call) -> float | None:
    if script.dotted(call.func) not in ("range", "numpy.arange") or not call.args:
        return None
    bounds = [script.number(argument) for argument in call.args]
    if None in bounds:
        return None
    known = [bound or 0 for bound in bounds]
    start, stop = (0, known[0]) if len(known) == 1 else known[:2]
    step = known[2] if len(known) > 2 else 1
    return max((stop - start) / step, 0) if step else None


def _walks_the_bars(script: Script, loop: ast.AST) -> bool:
    """Tell whether a loop goes over everything there is, and not over a window of known size."""
    if not isinstance(loop, ast.For) or not isinstance(loop.iter, ast.Call):
        return False
    if script.dotted(loop.iter.func) not in ("range", "enumerate"):
        return method_of(loop.iter) in ("iterrows", "itertuples", "tolist")
    return any(
        isinstance(node, ast.Call) and script.dotted(node.func) == "len"
        for node in script.derivation(loop.iter)
    )


def _check_operation(script: Script, node: ast.BinOp) -> Iterator[Found]:
    if isinstance(script.parents.get(node), ast.BinOp):
        return
    value = script.number(node)
    if value is not None and (math.isinf(value) or abs(value) > 10.0**HUGE_DIGITS):
        reason = "{code} has more digits than can be computed"
        yield script.found("resource_bombs.huge_number", node, reason)
    if isinstance(node.op, ast.Mult):
        for repeated, times in ((node.left, node.right), (node.right, node.left)):
            count = script.number(times)
            if count and count >= MANY_STEPS and _is_sequence(repeated):
                reason = "{code} repeats it more often than memory holds"
                yield script.found("resource_bombs.huge_memory", node, reason)
    if isinstance(node.op, ast.Mod) and _has_huge_width(script.text(node.left)):
        yield script.found("resource_bombs.huge_memory", node, "{code} pads to a vast width")


def _is_sequence(node: ast.expr) -> bool:
    if isinstance(node, ast.List | ast.Tuple | ast.JoinedStr):
        return True
    return isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)


def _has_huge_width(text: str | None) -> bool:
    return any(int(width[:12]) >= 1_000_000 for width in _WIDTH.findall(text or ""))


def _check_call(script: Script, call: ast.Call) -> Iterator[Found]:
    name, method = script.dotted(call.func), method_of(call)
    last = name.rpartition(".")[2]
    if name.startswith("numpy.") and last in _MAKERS and _elements(script, call) >= HUGE_ELEMENTS:
        reason = "{code} makes an array larger than memory"
        yield script.found("resource_bombs.huge_memory", call, reason)
    if name in _CONSUMERS and call.args and isinstance(call.args[0], ast.Call):
        yield from _check_consumed(script, call, call.args[0])
    if name == "pandas.date_range" and _number(script, keyword(call, "periods")) >= MANY_STEPS:
        yield script.found("resource_bombs.huge_memory", call, "{code} makes vastly many rows")
    width = _number(script, keyword(call, "width", 0))
    if method in ("ljust", "rjust", "center", "zfill", "pad") and width >= 1_000_000:
        yield script.found("resource_bombs.huge_memory", call, "{code} pads to a vast width")
    if name in ("pow", "math.pow") and len(call.args) == 2:
        power = ast.BinOp(left=call.args[0], op=ast.Pow(), right=call.args[1])
        if _number(script, power) > 10.0**HUGE_DIGITS:
            yield script.found("resource_bombs.huge_number", call, "{code} has too many digits")
    if name == "math.factorial" and _number(script, keyword(call, "x", 0)) > 20_000:
        yield script.found("resource_bombs.huge_number", call, "{code} has too many digits")
    if name.startswith("itertools.") and last in _COMBINING:
        yield from _check_combinations(script, call)
    if last == "merge" and script.text(keyword(call, "how")) == "cross":
        reason = "{code} pairs every row with every other"
        yield script.found("resource_bombs.cross_join", call, reason)


def _check_consumed(script: Script, call: ast.Call, inner: ast.Call) -> Iterator[Found]:
    name = script.dotted(inner.func)
    unbounded = name in _ENDLESS or (name == "itertools.repeat" and len(inner.args) == 1)
    if unbounded or (_length(script, inner) or 0) >= HUGE_ELEMENTS:
        reason = "{code} holds more than there is memory or time for"
        yield script.found("resource_bombs.huge_memory", call, reason)


def _number(script: Script, node: ast.AST | None) -> float:
    return script.number(node) or 0.0


def _elements(script: Script, call: ast.Call) -> float:
    sizes = [*call.args, *(k.value for k in call.keywords if k.arg in ("size", "shape", "num"))]
    if not sizes:
        return 0.0
    numbers: list[float] = [_number(script, size) for size in sizes]
    shapes = [size for size in sizes if isinstance(size, ast.Tuple | ast.List)]
    numbers += [math.prod(_number(script, part) for part in shape.elts) for shape in shapes]
    largest = max(numbers)
    return largest**2 if script.dotted(call.func).rpartition(".")[2] in _SQUARE else largest


def _check_combinations(script: Script, call: ast.Call) -> Iterator[Found]:
    repeated = _number(script, keyword(call, "repeat"))
    chosen = _number(script, call.args[1]) if len(call.args) > 1 else 0.0
    size = _length(script, call.args[0]) if call.args and isinstance(call.args[0], ast.Call) else 0
    all_orders = script.dotted(call.func).endswith("permutations") and len(call.args) == 1
    if max(repeated, chosen) > _COMBINED_MAXIMUM or (all_orders and (size or 0) > 9):
        reason = "{code} goes through vastly many combinations"
        yield script.found("resource_bombs.combinations", call, reason)


def _check_recursion(script: Script, function: ast.FunctionDef) -> Iterator[Found]:
    nodes = list(ast.walk(function))
    calls = [
        node
        for node in nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == function.name
    ]
    conditions = (ast.If, ast.IfExp, ast.While, ast.For, ast.BoolOp, ast.Try, ast.Match)
    if calls and not any(isinstance(node, conditions) for node in nodes):
        reason = f"{function.name} calls itself in every case"
        yield script.found("resource_bombs.recursion", calls[0], reason)


def _check_doubling(script: Script) -> Iterator[Found]:
    assignments: list[ast.AugAssign | ast.Assign] = [*script.nodes(ast.AugAssign)]
    for node in [*assignments, *script.nodes(ast.Assign)]:
        loop = _loop_of(script, node)
        if loop is None or not _doubles(node):
            continue
        if isinstance(loop, ast.While) or (_steps(script, loop) or 0) >= _DOUBLINGS:
            reason = "{code} doubles it every time round"
            yield script.found("resource_bombs.doubling", node, reason)


def _doubles(node: ast.AugAssign | ast.Assign) -> bool:
    target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
    if not isinstance(target, ast.Name):
        return False
    value = node.value
    names = [part.id for part in ast.walk(value) if isinstance(part, ast.Name)]
    if isinstance(node, ast.AugAssign):
        return isinstance(node.op, ast.Add | ast.Mult | ast.Pow) and names == [target.id]
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add | ast.Mult):
        return names == [target.id] * 2
    if not isinstance(value, ast.List | ast.Tuple):
        return False
    return len(names) > 1 and names == [target.id] * len(value.elts)
