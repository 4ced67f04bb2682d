"""Look-ahead that can be seen in one expression: it names a row after its own."""

import ast
from collections.abc import Iterator

from execution.sandbox.guest.checks.rows import Rows
from execution.sandbox.guest.checks.script import (
    Found,
    Script,
    is_true,
    keyword,
    method_of,
    words,
)

_SHIFTS = words("shift diff pct_change tshift")
_ACCUMULATIONS = words("rolling ewm expanding cummax cummin cumsum cumprod ffill shift diff")
_ARRAY_ACCUMULATIONS = words(
    "numpy.cumsum numpy.cumprod numpy.maximum.accumulate numpy.minimum.accumulate numpy.nancumsum"
)
_BACKWARD = ("bfill", "backfill", "nearest")
# Found by comparing what each indicator says of the same bars with fewer and with more after them.
_REPAINTING = {
    "dpo": ("danger", ("lookahead", "centered")),
    "tos_stdevall": ("danger", ("lookahead",)),
    "vp": ("danger", ("lookahead",)),
    "ichimoku": ("caution", ("lookahead", "include_chikou")),
}


def check(script: Script, rows: Rows) -> Iterator[Found]:
    """Report every expression that names a row after its own."""
    for call in script.nodes(ast.Call):
        yield from _check_call(script, rows, call)
        yield from _check_early_index(script, call)
    for subscript in script.nodes(ast.Subscript):
        yield from _check_following(script, rows, subscript)
    for assignment in script.nodes(ast.Assign):
        yield from _check_assignment(script, assignment)


def _check_call(script: Script, rows: Rows, call: ast.Call) -> Iterator[Found]:
    name, method = script.dotted(call.func), method_of(call)
    level = "danger" if rows.per_bar(call) else "caution"
    if _shifts_back(script, call, name, method):
        reason = "{code} brings the value of a later bar to this one"
        yield script.found("look_ahead.negative_shift", call, reason)
    if _is_centred(script, call, name, method):
        reason = "{code} centres its window: half of it lies after the row"
        yield script.found("look_ahead.centred_window", call, reason)
    if _fills_backwards(script, call, method):
        reason = "{code} fills gaps with what came after them"
        yield script.found("look_ahead.backward_fill", call, reason, level=level)
    if _accumulates_reversed(script, call, name, method):
        reason = "{code} runs over the rows in reverse, from the last to the first"
        yield script.found("look_ahead.reversed_series", call, reason)
    direction = keyword(call, "direction")
    if name == "pandas.merge_asof" and script.text(direction) in ("forward", "nearest"):
        reason = "{code} joins each row to one that comes after it"
        yield script.found("look_ahead.forward_join", call, reason)
    yield from _check_indicator(script, rows, call, name)


def _shifts_back(script: Script, call: ast.Call, name: str, method: str) -> bool:
    if name == "numpy.roll":
        return _is_negative(script, keyword(call, "shift", 1))
    if name == "numpy.diff":
        return keyword(call, "append") is not None
    if name in ("numpy.append", "numpy.concatenate"):
        return _begins_with_differences(script, call)
    if method not in _SHIFTS:
        return False
    if (script.text(keyword(call, "freq")) or "").startswith("-"):
        return True
    return _is_negative(script, keyword(call, "periods", 0))


def _begins_with_differences(script: Script, call: ast.Call) -> bool:
    first = call.args[0] if call.args else None
    if isinstance(first, ast.List | ast.Tuple):
        first = first.elts[0] if first.elts else None
    value = script.only_value(first.id) if isinstance(first, ast.Name) else first
    return isinstance(value, ast.Call) and script.dotted(value.func) == "numpy.diff"


def _is_negative(script: Script, node: ast.AST | None) -> bool:
    value = script.number(node)
    if value is not None:
        return value < 0
    if isinstance(node, ast.Name):
        node = script.only_value(node.id)
    # A parameter with a minus before it, such as shift(-horizon).
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)


def _is_centred(script: Script, call: ast.Call, name: str, method: str) -> bool:
    if method == "rolling":
        return is_true(keyword(call, "center", 2))
    if name == "numpy.convolve":
        return script.text(keyword(call, "mode", 2)) == "same"
    return name == "numpy.gradient" or name.endswith("FixedForwardWindowIndexer")


def _fills_backwards(script: Script, call: ast.Call, method: str) -> bool:
    if method in ("bfill", "backfill"):
        return True
    if method == "interpolate":
        how = script.text(keyword(call, "method", 0))
        return how not in ("pad", "ffill")
    if method in ("fillna", "reindex", "asfreq", "get_indexer"):
        return script.text(keyword(call, "method")) in _BACKWARD
    return False


def _accumulates_reversed(script: Script, call: ast.Call, name: str, method: str) -> bool:
    if name in _ARRAY_ACCUMULATIONS:
        source = call.args[0] if call.args else None
    elif method in _ACCUMULATIONS and isinstance(call.func, ast.Attribute):
        source = call.func.value
    else:
        return False
    if source is None:
        return False
    turns = sum(_reverses(script, node) for node in script.derivation(source))
    return turns % 2 == 1


def _reverses(script: Script, node: ast.AST) -> bool:
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        return script.number(node.slice.step) == -1
    if isinstance(node, ast.Call):
        if script.dotted(node.func) in ("numpy.flip", "numpy.flipud"):
            return True
        ascending = keyword(node, "ascending")
        downward = isinstance(ascending, ast.Constant) and ascending.value is False
        return method_of(node) == "sort_index" and downward
    return False


def _check_indicator(script: Script, rows: Rows, call: ast.Call, name: str) -> Iterator[Found]:
    indicator = name.rpartition(".")[2] or method_of(call)
    of_library = name.startswith("pandas_ta.") or ".ta." in f".{name}"
    if indicator not in _REPAINTING or not (of_library or _is_accessor(call)):
        return
    level, switches = _REPAINTING[indicator]
    if any(_is_false(keyword(call, switch)) for switch in switches):
        return
    if not rows.per_bar(call):
        level = "caution"
    reason = f"{{code}}: {indicator} changes its past values when later bars arrive"
    yield script.found("look_ahead.repainting_indicator", call, reason, level=level)


def _is_accessor(call: ast.Call) -> bool:
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return isinstance(owner, ast.Attribute) and owner.attr == "ta"


def _is_false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _check_following(script: Script, rows: Rows, node: ast.Subscript) -> Iterator[Found]:
    if not isinstance(node.ctx, ast.Load):
        return
    counter = _counter_ahead(script, node.slice)
    if counter is None:
        return
    decides = _decides_at(script, node, counter)
    if decides is None:
        return
    reason = f"{{code}} reads a row after {counter}, the one that is decided"
    level = "danger" if decides else "caution"
    yield script.found("look_ahead.following_row", node, reason, level=level)


def _counter_ahead(script: Script, key: ast.expr) -> str | None:
    first = key.elts[0] if isinstance(key, ast.Tuple) and key.elts else key
    if isinstance(first, ast.Slice):
        return _slice_ahead(script, first)
    if not (isinstance(first, ast.BinOp) and isinstance(first.op, ast.Add)):
        return None
    if not isinstance(first.left, ast.Name) or not _counts(script, first.left.id):
        return None
    step = script.number(first.right)
    return first.left.id if step is None or step > 0 else None


def _slice_ahead(script: Script, key: ast.Slice) -> str | None:
    # x[i:i + 5] is about what follows i; x[start:start + 5] may well be stored at its end.
    upper = key.upper
    if not (isinstance(upper, ast.BinOp) and isinstance(upper.op, ast.Add)):
        return None
    if not isinstance(upper.left, ast.Name) or not _counts(script, upper.left.id):
        return None
    step = script.number(upper.right)
    return upper.left.id if step is None or step > 1 else None


def _counts(script: Script, name: str) -> bool:
    loops: list[ast.For | ast.comprehension] = [*script.nodes(ast.For)]
    for loop in [*loops, *script.nodes(ast.comprehension)]:
        for target in ast.walk(loop.target):
            if isinstance(target, ast.Name) and target.id == name:
                made = script.dotted(loop.iter.func) if isinstance(loop.iter, ast.Call) else ""
                return made in ("range", "enumerate", "numpy.arange")
    return False


def _decides_at(script: Script, node: ast.AST, counter: str) -> bool | None:
    """Return whether something is decided at the counter's row, or None when it clearly is not."""
    for up in script.above(node):
        if isinstance(up, ast.Assign | ast.AugAssign):
            targets = up.targets if isinstance(up, ast.Assign) else [up.target]
            keys = [t.slice for t in targets if isinstance(t, ast.Subscript)]
            exact = [k for k in keys if _row_of(k) == counter]
            return True if exact else None if keys else False
        if isinstance(up, ast.If) and node_in(script, node, up.test):
            return True
        if isinstance(up, ast.stmt):
            return False
    return False


def _row_of(key: ast.expr) -> str:
    first = key.elts[0] if isinstance(key, ast.Tuple) and key.elts else key
    return first.id if isinstance(first, ast.Name) else ""


def node_in(script: Script, node: ast.AST, container: ast.AST) -> bool:
    """Tell whether a node is part of another."""
    return node is container or any(up is container for up in script.above(node))


def _check_assignment(script: Script, assignment: ast.Assign) -> Iterator[Found]:
    for target in assignment.targets:
        is_index = isinstance(target, ast.Attribute) and target.attr == "index"
        if is_index and _moves_index_back(assignment.value):
            reason = "{code} gives values an earlier time than their own"
            yield script.found("look_ahead.negative_shift", assignment, reason)
        if isinstance(target, ast.Subscript) and _cuts(script, target) == "end":
            later = [node for node in ast.walk(assignment.value) if _cuts(script, node) == "start"]
            same = [node for node in ast.walk(assignment.value) if _cuts(script, node) == "end"]
            differences = [n for n in ast.walk(assignment.value) if _is_difference(script, n)]
            if (later and (same or len(later) == 1)) or differences:
                reason = "{code} puts each value one row earlier than it was known"
                yield script.found("look_ahead.early_slice", assignment, reason)


def _is_difference(script: Script, node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and script.dotted(node.func) == "numpy.diff"


def _moves_index_back(value: ast.expr) -> bool:
    if not (isinstance(value, ast.BinOp) and isinstance(value.op, ast.Sub)):
        return False
    return isinstance(value.left, ast.Attribute) and value.left.attr == "index"


def _cuts(script: Script, node: ast.AST) -> str:
    """Return which rows a slice leaves out: those at its start, or those at its end."""
    if not (isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice)):
        return ""
    lower, upper = script.number(node.slice.lower), script.number(node.slice.upper)
    if lower is not None and lower > 0 and node.slice.upper is None:
        return "start"
    if upper is not None and upper < 0 and node.slice.lower is None:
        return "end"
    return ""


def _check_early_index(script: Script, call: ast.Call) -> Iterator[Found]:
    """Report values without the first row that are given the index without the last."""
    parts = [*call.args, *(given.value for given in call.keywords)]
    if isinstance(call.func, ast.Attribute):
        parts.append(call.func.value)
    early = [p for p in parts if _cuts(script, p) == "end" and _is_index(p)]
    others = [p for p in parts if p not in early]
    late = [n for p in others for n in script.derivation(p) if _cuts(script, n) == "start"]
    if early and late:
        reason = "{code} gives each value the time of the row before it"
        yield script.found("look_ahead.early_slice", call, reason)
    owner = call.func.value if isinstance(call.func, ast.Attribute) else call
    renumbers = method_of(call) == "reset_index" and is_true(keyword(call, "drop"))
    if renumbers and _cuts(script, owner) == "start":
        reason = "{code} moves every value one row up"
        yield script.found("look_ahead.early_slice", call, reason)


def _is_index(node: ast.expr) -> bool:
    owner = node.value if isinstance(node, ast.Subscript) else node
    return isinstance(owner, ast.Attribute) and owner.attr == "index"
