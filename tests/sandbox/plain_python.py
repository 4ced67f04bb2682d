"""The oracle of honest scripts: the same files in plain Python, with a small interface of its own.

Nothing of the guest is used: no rewriting, no facades, no walls, no protocol. Run as a program it
prints a line of JSON for each file it is given.
"""

import collections
import datetime
import functools
import itertools
import json
import math
import operator
import random
import statistics
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pandas_ta_classic
import talib

from tests.sandbox import honest_market
from tests.sandbox.honest_market import CLOCK, CONTEXT, METRICS, OUTPUTS, REFUSAL


def _table(instrument: str | None, timeframe: str | None, bars: int) -> pd.DataFrame:
    columns = honest_market.newest_bars(instrument, timeframe, bars)
    index = pd.to_datetime(columns.index_ns, utc=True).rename("opened_at")
    return pd.DataFrame(columns.columns, index=index)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {_key(key): _plain(item) for key, item in value.items()}
    if isinstance(value, pd.DataFrame):
        return _plain(value.to_dict("records"))
    if isinstance(value, np.ndarray | pd.Series | pd.Index):
        return _plain(value.tolist())
    if isinstance(value, list | tuple | collections.deque | range):
        return [_plain(item) for item in value]
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bool | int | str):
        return value
    raise TypeError(f"{type(value).__name__} is not plain")


def _key(key: Any) -> str:
    return "_".join(map(_key, key)) if isinstance(key, tuple) else str(_plain(key))


def _output(value: Any) -> dict[str, Any]:
    described = _plain(value)
    if not isinstance(value, dict):
        described = {"value": described}
    stamp = described.pop("timestamp", None)
    return {
        "value": described.pop("value", None),
        "timestamp": pd.Timestamp(stamp or CLOCK).isoformat(),
        "metadata": described,
    }


class PlainRun:
    """One script, run as any Python file is."""

    def __init__(self) -> None:
        self.outputs: list[dict[str, Any]] = []
        self.log: list[str] = []
        self.plots: dict[str, list[float | None]] = {}

    def scope(self) -> dict[str, Any]:
        """Return what a script finds without importing it."""
        modules = (collections, datetime, functools, itertools, json, math, operator, random)
        context = json.loads(json.dumps(CONTEXT))
        return {
            **{module.__name__: module for module in (*modules, statistics, time, talib)},
            **{"np": np, "pd": pd, "numpy": np, "pandas": pd, "ta": pandas_ta_classic},
            "pandas_ta": pandas_ta_classic,
            "__name__": "__main__",
            "context": context,
            "params": context["params"],
            "data": _table(None, None, 500),
            **{name: getattr(self, name) for name in ("emit_signal", "signal", "plot")},
            "log": self.write,
            "print": self.write_values,
            "get_timestamp": lambda: CLOCK,
            "get_unix_timestamp": lambda: datetime.datetime.fromisoformat(CLOCK).timestamp(),
            "get_market_data": self.get_market_data,
            "get_metric": self.get_metric,
            "get_script_output": self.get_script_output,
        }

    def emit_signal(self, data: dict[str, Any]) -> None:
        """Keep an output."""
        self.outputs.append(_output(data))

    def signal(
        self, type: str, timestamp: Any = None, price: Any = None, reason: str = "", icon: str = ""
    ) -> None:
        """Keep advice as an output."""
        described = {"value": type.upper(), "timestamp": timestamp, "price": price}
        self.emit_signal({**described, "reason": reason, "icon": icon})

    def plot(self, series: Any, name: str = "", **_options: Any) -> None:
        """Keep what is drawn."""
        if isinstance(series, pd.DataFrame):
            for column in series.columns:
                self.plot(series[column], f"{name} {column}".strip())
        elif isinstance(series, int | float):
            self.plots[name] = [float(series)] * 2
        else:
            values = np.asarray(series, dtype=float).tolist()
            self.plots[name or series.name] = [v if math.isfinite(v) else None for v in values]

    def write(self, *messages: Any) -> None:
        """Keep lines of the log."""
        self.log += " ".join(map(str, messages)).splitlines() or [""]

    def write_values(self, *values: Any, sep: str = " ", end: str = "\n") -> None:
        """Print to the log."""
        self.write((sep.join(map(str, values)) + end).rstrip("\n"))

    def get_market_data(
        self, instrument: str | None = None, timeframe: str | None = None, bars: int = 500
    ) -> pd.DataFrame:
        """Return bars."""
        return _table(instrument, timeframe, bars)

    def get_metric(self, name: str, instrument: str | None = None) -> Any:
        """Return a metric, or refuse."""
        if name not in METRICS:
            raise PermissionError(REFUSAL)
        return json.loads(json.dumps(METRICS[name]))

    def get_script_output(self, script_id: str, history: int = 0) -> Any:
        """Return outputs of another script, or refuse."""
        if script_id != "own-script":
            raise PermissionError(REFUSAL)
        return json.loads(json.dumps(OUTPUTS[-history:] if history else OUTPUTS[-1]))

    def run(self, path: Path) -> dict[str, Any]:
        """Run a file and return what it said."""
        scope = self.scope()
        random.seed(0)
        np.random.seed(0)
        exec(compile(path.read_text(), str(path), "exec", dont_inherit=True), scope)
        if "result" in scope:
            value = scope["result"]
            is_value = isinstance(value, dict) and not {"value", "timestamp"} & value.keys()
            self.outputs.append(_output({"value": value} if is_value else value))
        elif not self.outputs and "compute" in scope:
            self._compute(scope["compute"], scope["params"])
        elif not self.outputs and "strategy" in scope:
            self._follow(scope["strategy"])
        return {"outputs": self.outputs, "log": self.log, "plots": self.plots}

    def _compute(self, compute: Callable[..., Any], params: Any) -> None:
        newest = compute(_table(None, None, 500), params).iloc[-1]
        if isinstance(newest, pd.Series):
            columns = newest.to_dict()
            self.outputs.append(_output(columns if "value" in columns else {"value": columns}))
        else:
            self.outputs.append(_output(newest))

    def _follow(self, strategy: Callable[..., Any]) -> None:
        data = _table(None, None, 500)
        said = strategy(data.copy())
        if isinstance(said, pd.Series):
            words = list(enumerate(said))
        else:
            self.log.clear()
            words = [(n - 1, strategy(data.iloc[:n].copy())) for n in range(50, len(data) + 1)]
        newest, before = (len(data) - 1, "HOLD", "HOLD"), "HOLD"
        for bar, word in words:
            if word != before:
                newest = (bar, word, before)
            before = word
        bar, word, before = newest
        closed = data.index[bar] + pd.Timedelta("15min")
        about = {"price": data["close"].iloc[bar], "bar": bar, "previous": before}
        self.outputs.append(_output({"value": word, "timestamp": closed, **about}))


def main(paths: list[str]) -> None:
    """Run files and print a line of JSON for each."""
    warnings.simplefilter("ignore")
    sys.modules["pandas_ta"] = pandas_ta_classic
    for path in map(Path, paths):
        try:
            said = PlainRun().run(path)
        except Exception:
            said = {"fault": traceback.format_exc()}
        print(json.dumps({"path": path.stem, **said}, allow_nan=False))


if __name__ == "__main__":
    main(sys.argv[1:])
