"""Which parts of a script speak for every bar at once, and which expressions hold one bar a row.

`compute(data, params)`, a `strategy(data)` that returns a column, and plots and signals at the top
level answer for past bars too: what they know of a later bar, a past row knew in advance. A script
that says one thing about its newest bar has no later bar to know of.
"""

import ast
from collections.abc import Iterator

from execution.sandbox.guest.checks.script import Script, method_of, words

_DEPTH_MAXIMUM = 25
_COLUMNS = words("open high low close volume open_ hlc3 hl2 ohlc4")
_REDUCTIONS = words(
    "mean min max std sum median var quantile idxmax idxmin argmax argmin count item len prod "
    "skew kurt sem nunique mode describe corr any all ptp first_valid_index last_valid_index "
    "to_dict tolist get agg aggregate cov autocorr mad dot size"
)
# The result of these is no longer a column of bars, or each of its rows is a window of its own.
_WINDOWS = words("rolling expanding ewm groupby resample tail head")
_LIBRARIES = ("numpy.", "pandas.", "pandas_ta.", "talib.")
_FUNCTION_REDUCTIONS = _REDUCTIONS | words(
    "nanmean nanmin nanmax nanstd nansum nanmedian nanvar percentile nanpercentile amax amin "
    "average polyfit lstsq corrcoef isscalar nanquantile Timestamp Timedelta searchsorted shape"
)
Definition = ast.FunctionDef | ast.ClassDef
_VERDICTS = ("BUY", "SELL", "HOLD")


class Rows:
    """What of a script is read row by row."""

    def __init__(self, script: Script) -> None:
        self.script = script
        definitions: list[Definition] = [
            *script.nodes(ast.FunctionDef),
            *script.nodes(ast.ClassDef),
        ]
        self._functions: dict[str, Definition] = {node.name: node for node in definitions}
        self._entries = [node for node in self._functions.values() if _is_entry(node)]
        self._per_bar = set(self._reached())
        self._whole_module = not self._entries and self._speaks_of_many_bars()
        self._columns: dict[str, bool] = {}

    def per_bar(self, node: ast.AST) -> bool:
        """Tell whether a node takes part in what is said about every bar."""
        inside = [up for up in self.script.above(node) if up in self._functions.values()]
        if not inside:
            return self._whole_module
        return self._whole_module or any(up in self._per_bar for up in inside)

    def _reached(self) -> Iterator[ast.AST]:
        waiting: list[ast.AST] = list(self._entries)
        seen: set[str] = set()
        while waiting:
            current = waiting.pop()
            yield current
            for node in ast.walk(current):
                if isinstance(node, ast.Name) and node.id in self._functions.keys() - seen:
                    seen.add(node.id)
                    waiting.append(self._functions[node.id])

    def _speaks_of_many_bars(self) -> bool:
        for call in self.script.nodes(ast.Call):
            name = self.script.dotted(call.func)
            if name in ("signal", "plot") and name not in self.script.assigned:
                return True
            in_loop = any(isinstance(up, ast.For) for up in self.script.above(call))
            if name == "emit_signal" and in_loop and _names_the_time(call):
                return True
        return False

    def is_column(self, node: ast.AST | None, depth: int = 0) -> bool:
        """Tell whether an expression holds one value for every bar."""
        if node is None or depth > _DEPTH_MAXIMUM:
            return False
        match node:
            case ast.Name(id=name):
                return self._is_column_name(name, depth)
            case ast.Subscript(value=owner, slice=ast.Slice(lower=lower, upper=None)):
                # Without its first rows it still reaches to the last bar.
                begins = 0 if lower is None else self.script.number(lower)
                reaches = begins is not None and begins >= 0
                return reaches and self.is_column(owner, depth + 1)
            case ast.Subscript(value=owner, slice=ast.Constant(value=str()) | ast.List()):
                return self.is_column(owner, depth + 1)
            case ast.Subscript(value=owner, slice=key):
                # A mask or a list of positions still spans the bars.
                return self.is_column(owner, depth + 1) and self.is_column(key, depth + 1)
            case ast.Attribute(value=owner, attr=name):
                return name in _COLUMNS | words("values index T") and self.is_column(
                    owner, depth + 1
                )
            case ast.BinOp(left=left, right=right):
                return self.is_column(left, depth + 1) or self.is_column(right, depth + 1)
            case ast.Compare(left=left, comparators=[right]):
                return self.is_column(left, depth + 1) or self.is_column(right, depth + 1)
            case ast.UnaryOp(operand=operand):
                return self.is_column(operand, depth + 1)
            case ast.Call():
                return self._is_column_call(node, depth)
        return False

    def _is_column_name(self, name: str, depth: int) -> bool:
        if name not in self._columns:
            self._columns[name] = False
            values = self.script.assigned.get(name, [])
            self._columns[name] = self._is_given(name) or any(
                self.is_column(value, depth + 1) for value in values
            )
        return self._columns[name]

    def _is_given(self, name: str) -> bool:
        """Tell whether a name is what the platform, or a caller, hands over as columns."""
        if self._whole_module and name == "data" and name not in self.script.assigned:
            return True
        for function in self._per_bar:
            if not isinstance(function, ast.FunctionDef):
                continue
            given = [argument.arg for argument in function.args.args]
            if name in given:
                if function in self._entries:
                    return given.index(name) == 0
                return self._is_passed(function.name, given.index(name))
        return False

    def _is_passed(self, function: str, position: int) -> bool:
        return any(
            self.is_column(call.args[position])
            for call in self.script.nodes(ast.Call)
            if isinstance(call.func, ast.Name) and call.func.id == function
            if position < len(call.args)
        )

    def _is_column_call(self, call: ast.Call, depth: int) -> bool:
        name = self.script.dotted(call.func)
        if name == "get_market_data":
            return True
        if name.startswith(_LIBRARIES):
            if name.rpartition(".")[2] in _FUNCTION_REDUCTIONS:
                return False
            return any(self.is_column(argument, depth + 1) for argument in call.args)
        if isinstance(call.func, ast.Attribute) and call.func.attr not in _REDUCTIONS | _WINDOWS:
            return self.is_column(_owner_of(call.func), depth + 1)
        if method_of(call) in _REDUCTIONS:
            # The mean of a rolling window is a column again; the mean of a column is one number.
            owner = call.func.value if isinstance(call.func, ast.Attribute) else None
            return method_of(owner or call) in words("rolling expanding ewm") and self.is_column(
                _owner_of(owner.func) if isinstance(owner, ast.Call) else None, depth + 1
            )
        return False


def _owner_of(function: ast.expr) -> ast.expr | None:
    if not isinstance(function, ast.Attribute):
        return None
    owner = function.value
    # Such as data.ta.rsi() and times.dt.floor().
    if isinstance(owner, ast.Attribute) and owner.attr in ("ta", "dt", "str"):
        return owner.value
    if isinstance(owner, ast.Call) and method_of(owner) in _WINDOWS:
        return _owner_of(owner.func)
    return owner


def _names_the_time(call: ast.Call) -> bool:
    return any(
        isinstance(key, ast.Constant) and key.value == "timestamp"
        for argument in call.args
        if isinstance(argument, ast.Dict)
        for key in argument.keys
    )


def _is_entry(node: Definition) -> bool:
    if node.name == "compute":
        return True
    return node.name == "strategy" and not _returns_verdicts(node)


def _returns_verdicts(function: ast.AST) -> bool:
    # Called bar by bar on the bars so far: there is nothing to look ahead to.
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and node.value is not None:
            for part in _alternatives(node.value):
                if isinstance(part, ast.Constant) and part.value in _VERDICTS:
                    return True
    return False


def _alternatives(value: ast.expr) -> Iterator[ast.expr]:
    if isinstance(value, ast.IfExp):
        yield from _alternatives(value.body)
        yield from _alternatives(value.orelse)
    else:
        yield value
