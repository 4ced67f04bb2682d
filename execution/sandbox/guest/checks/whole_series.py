"""Look-ahead by knowing the whole series: its mean, its extremes, its newest row, its end."""

import ast
from collections.abc import Iterator

from execution.sandbox.guest.checks.rows import Rows
from execution.sandbox.guest.checks.script import (
    Found,
    Script,
    keyword,
    method_of,
    words,
)

_TOTALS = words("mean min max std sum median var quantile rank skew kurt sem mode describe mad")
_EXTREMES = words("idxmax idxmin argmax argmin nlargest nsmallest sort_values argsort")
_NUMPY_TOTALS = words(
    "mean min max std sum median var percentile quantile nanmean nanmin nanmax nanstd nansum "
    "nanmedian nanvar nanpercentile nanquantile amax amin average ptp histogram digitize"
)
_FITS = words(
    "numpy.polyfit numpy.linalg.lstsq numpy.linalg.svd numpy.corrcoef numpy.cov numpy.linalg.eigh "
    "statistics.linear_regression"
)
_FIT_WORDS = words("savgol_filter hilbert detrend filtfilt find_peaks argrelextrema")
_BUCKETS = ("pandas.qcut", "pandas.cut")
_GROUP_TOTALS = words("max min mean sum std last median var size count")
_GROUP_METHODS = _GROUP_TOTALS | {"tail", "rank"}
_SPOKEN = ("log", "print", "emit_signal")


def check(script: Script, rows: Rows) -> Iterator[Found]:
    """Report what a row only knows because the rows after it are there already."""
    for call in script.nodes(ast.Call):
        if rows.per_bar(call):
            yield from _check_total(script, rows, call)
            yield from _check_group(script, call)
            yield from _check_unfinished(script, call)
    for node in script.nodes(ast.Subscript):
        if rows.per_bar(node) and _is_newest(script, rows, node):
            reason = "{code} is the newest row, used for every row"
            level = _level_of(script, node)
            yield script.found("look_ahead.newest_row", node, reason, level=level)
    for division in script.nodes(ast.BinOp):
        divides = isinstance(division.op, ast.Div) and rows.per_bar(division)
        if divides and _is_length(script, rows, division.right):
            reason = "{code} depends on how many bars there are"
            yield script.found("look_ahead.length", division, reason)


def _check_total(script: Script, rows: Rows, call: ast.Call) -> Iterator[Found]:
    found = _whole_rule(script, rows, call)
    if found is None:
        return
    rule, what = found
    level = _level_of(script, call)
    yield script.found(rule, call, f"{{code}}: {what} of all bars, the later ones too", level=level)


def _whole_rule(script: Script, rows: Rows, call: ast.Call) -> tuple[str, str] | None:
    name, method = script.dotted(call.func), method_of(call)
    first = call.args[0] if call.args else None
    if name.rpartition(".")[2] in _FIT_WORDS:
        return "look_ahead.whole_series_fit", "a fit or filter"
    if name in _FITS or name.startswith("numpy.fft."):
        given = any(rows.is_column(argument) for argument in call.args)
        return ("look_ahead.whole_series_fit", "a fit or transform") if given else None
    if name in _BUCKETS or name in ("max", "min", "sum", "sorted"):
        whole = rows.is_column(first) and len(call.args) < (2 if "." not in name else 9)
        return ("look_ahead.whole_series", "a statistic") if whole else None
    library, _, function = name.rpartition(".")
    if library == "numpy":
        function = function.removeprefix("nan") if "arg" in function else function
        rule = _rule_for(function, _NUMPY_TOTALS)
        along_columns = script.number(keyword(call, "axis", 1)) == 1
        return rule if rule and not along_columns and rows.is_column(first) else None
    if isinstance(call.func, ast.Attribute) and not library.startswith(("pandas", "talib")):
        across = script.number(keyword(call, "axis")) == 1
        owner = call.func.value
        return _rule_for(method, _TOTALS) if not across and rows.is_column(owner) else None
    return None


def _rule_for(function: str, totals: frozenset[str]) -> tuple[str, str] | None:
    if function in totals:
        return "look_ahead.whole_series", "a statistic"
    if function in _EXTREMES:
        return "look_ahead.whole_series_extreme", "an extreme or an order"
    return None


def _level_of(script: Script, node: ast.AST) -> str:
    """Return caution where the value is only looked at: in a condition, a log line, an output."""
    inner = node
    for up in script.above(node):
        if isinstance(up, ast.If | ast.Assert) and inner is up.test:
            return "caution"
        if isinstance(up, ast.JoinedStr):
            return "caution"
        if isinstance(up, ast.Call) and script.dotted(up.func) in _SPOKEN:
            return "caution"
        if isinstance(up, ast.stmt):
            return "danger"
        inner = up
    return "danger"


def _is_newest(script: Script, rows: Rows, node: ast.Subscript) -> bool:
    if not isinstance(node.ctx, ast.Load):
        return False
    owner, key = node.value, node.slice
    if isinstance(owner, ast.Attribute) and owner.attr in ("iloc", "iat", "values", "index"):
        owner = owner.value
    row = key.elts[0] if isinstance(key, ast.Tuple) and key.elts else key
    if isinstance(row, ast.Slice):
        lower = script.number(row.lower)
        return lower is not None and lower < 0 and row.upper is None and rows.is_column(owner)
    position = script.number(row)
    return position is not None and position < 0 and rows.is_column(owner)


def _is_length(script: Script, rows: Rows, node: ast.expr) -> bool:
    if isinstance(node, ast.Name):
        value = script.only_value(node.id)
        return (
            value is not None
            and not isinstance(value, ast.Name)
            and _is_length(script, rows, value)
        )
    if not (isinstance(node, ast.Call) and script.dotted(node.func) == "len" and node.args):
        return False
    return rows.is_column(node.args[0])


def _check_group(script: Script, call: ast.Call) -> Iterator[Found]:
    """Report totals of a group that are given to each of its rows."""
    if method_of(call) != "transform" or not isinstance(call.func, ast.Attribute):
        return
    grouped = any(method_of(node) == "groupby" for node in ast.walk(call.func.value))
    how = keyword(call, "func", 0)
    total = script.text(how) in _GROUP_METHODS or (
        isinstance(how, ast.Lambda) and _takes_total(how)
    )
    if grouped and total:
        reason = "{code} gives each row a total of its whole group"
        yield script.found("look_ahead.group_total", call, reason)


def _takes_total(function: ast.Lambda) -> bool:
    given = {argument.arg for argument in function.args.args}
    return any(
        method_of(node) in _GROUP_METHODS
        and isinstance(node.func.value, ast.Name)  # type: ignore[attr-defined]
        and node.func.value.id in given  # type: ignore[attr-defined]
        for node in ast.walk(function.body)
    )


def _check_unfinished(script: Script, call: ast.Call) -> Iterator[Found]:
    """Report longer bars that are joined to shorter ones by the time at which they opened."""
    method, name = method_of(call), script.dotted(call.func)
    if method in ("reindex", "reindex_like", "join") and isinstance(call.func, ast.Attribute):
        joined = [call.func.value] if method != "join" else call.args[:1]
    elif name in ("pandas.merge_asof", "pandas.merge_ordered"):
        joined = call.args[:2]
    elif method == "map" and isinstance(call.func, ast.Attribute):
        joined = call.args[:1]
    else:
        return
    for part in joined:
        if _is_unfinished(script, part, with_groups=method == "map"):
            reason = "{code} joins longer bars before they have closed"
            yield script.found("look_ahead.unfinished_bar", call, reason)
            return


def _is_unfinished(script: Script, node: ast.AST, *, with_groups: bool) -> bool:
    # The rows that a column is computed from may be shifted for another reason before they are
    # gathered into longer bars: only what comes after that counts.
    waiting, expanded, budget = [node], set(), 300
    while waiting and budget:
        budget -= 1
        current = waiting.pop()
        if method_of(current) in ("shift", "expanding"):
            continue
        if isinstance(current, ast.Call) and _gathers(script, current, with_groups=with_groups):
            return True
        if isinstance(current, ast.Name) and current.id not in expanded:
            expanded.add(current.id)
            waiting += [value for value in script.assigned.get(current.id, []) if value]
        waiting += ast.iter_child_nodes(current)
    return False


def _gathers(script: Script, call: ast.Call, *, with_groups: bool) -> bool:
    if method_of(call) == "resample":
        return script.text(keyword(call, "label")) != "right"
    if with_groups and method_of(call) == "groupby":
        return True
    return script.dotted(call.func) == "get_market_data" and (
        keyword(call, "timeframe", 1) is not None
    )
