"""Touch everything a script may use, once, before any guest is forked.

A guest can open no file, so whatever a library imports or reads on first use has to have been used.
"""

import contextlib
import datetime
import functools
import importlib
import io
import json
import sys
import warnings
import zoneinfo
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pandas_ta_classic
import talib

from execution.sandbox import protocol
from execution.sandbox.guest import attributes, facades
from execution.sandbox.guest.api import Conversation, make_api, to_frame
from execution.sandbox.guest.compiler import compile_script
from execution.sandbox.guest.main import Language, run_once
from execution.sandbox.policy import standard

ROWS = 150
# Standard output, which nobody reads: /dev/null in the zygote and in its guests.
_NOWHERE = 1
# Held for the life of the process: a zone that was forgotten could not be loaded again.
_KEPT_ZONES: list[datetime.tzinfo] = []

_ORDINARY_SCRIPT = """
import numpy as np
import pandas as pd
import pandas_ta as ta
data = frame
close = data["close"]
rsi = ta.rsi(close, length=14)
average = ta.sma(close, length=5)
smooth = close.ewm(span=5).mean()
crossed = (close > average) & (close.shift(1) <= average.shift(1))
class Counter:
    def __init__(self):
        self.n = 0
    def add(self, x):
        self.n += x
counter = Counter()
for i, value in enumerate(close.tolist()):
    counter.add(1)
try:
    1 / 0
except ZeroDivisionError as fault:
    log(f"{fault}")
print("x", float(rsi.iloc[-1]))
emit_signal({"value": float(smooth.iloc[-1]), "timestamp": data.index[-1]})
result = {"value": float(close.diff().iloc[-1]), "crossed": bool(crossed.any())}
"""


def _sample_frame() -> pd.DataFrame:
    close = 100 + np.cumsum(np.random.default_rng(0).normal(size=ROWS))
    return pd.DataFrame(
        {
            "open": close - 0.1,
            "high": close + 1,
            "low": close - 1,
            "close": close,
            "volume": np.arange(ROWS) + 1.0,
        },
        index=pd.date_range("2026-01-01", periods=ROWS, freq="1min", tz="UTC", name="opened_at"),
    )


def _attempt(action: Callable[[], Any]) -> None:
    # Called without the arguments they need many functions fail, which loads them all the same.
    with contextlib.suppress(Exception):
        action()


def _indicator_calls(frame: pd.DataFrame) -> Iterator[Callable[[], Any]]:
    for name in facades.indicator_names():
        yield getattr(frame.ta, name)
    columns = [frame[name].to_numpy() for name in frame.columns]
    library: Any = talib
    for name in library.get_functions():
        # How many series a function takes is not said; the right number is among these.
        for count in range(1, len(columns) + 1):
            yield partial(getattr(library, name), *columns[:count])


def _library_objects(frame: pd.DataFrame) -> list[Any]:
    close = frame["close"]
    hours = pd.DatetimeIndex(frame.index).hour
    return [
        frame,
        close,
        frame.index,
        frame.groupby(hours),
        close.groupby(hours),
        close.rolling(5),
        close.expanding(),
        close.ewm(5),
        close.resample("5min"),
        frame.resample("5min"),
        pd.Series(["a", "b"]).str,
        pd.Series(frame.index).dt,
        pd.Series(["a", "b"], dtype="category").cat,
        pd.Timestamp("2026-01-01", tz="UTC"),
        pd.Timedelta("1h"),
        close.to_numpy(),
        close.to_numpy()[0],
    ]


def _call_method(owner: Any, name: str) -> None:
    getattr(owner, name)()


def _method_calls(frame: pd.DataFrame) -> Iterator[Callable[[], Any]]:
    for owner in _library_objects(frame):
        kind: type = type(owner)
        for name in sorted(attributes.shown_by(kind)):
            yield partial(_call_method, owner, name)


def _common_calls(frame: pd.DataFrame) -> list[Callable[[], Any]]:
    close, index = frame["close"], pd.DatetimeIndex(frame.index)
    return [
        lambda: str(frame),
        lambda: repr(close),
        lambda: frame.to_dict("records"),
        lambda: pd.merge(frame, frame, left_index=True, right_index=True),
        lambda: pd.merge_asof(frame, frame, left_index=True, right_index=True),
        lambda: pd.concat([frame, frame], axis=1),
        lambda: frame.resample("5min").agg({"close": "last", "high": "max"}),
        lambda: close.rolling(5).apply(np.mean, raw=True),
        lambda: close.rolling("5min").mean(),
        lambda: frame.groupby(index.hour).agg({"close": ["mean", "std"]}),
        lambda: frame.pivot_table(index="open", values="close", aggfunc="mean"),
        lambda: pd.to_datetime(["2026-01-01", "2026-01-02T03:04:05Z"], utc=True),
        lambda: pd.cut(close, 4).value_counts(),
        lambda: close.quantile([0.1, 0.5]),
        lambda: close.between_time("00:01", "00:02"),
        lambda: frame.loc["2026-01-01 00:01":"2026-01-01 00:05"],
        lambda: frame[frame["close"] > 100].assign(x=1),
        lambda: np.polyfit([1, 2, 3], [1, 2, 3.5], 1),
        lambda: np.linalg.lstsq(np.eye(3), np.ones(3), rcond=None),
        lambda: np.fft.rfft(close.to_numpy()),
        lambda: np.corrcoef(close, frame["high"]),
        lambda: str(close.to_numpy()),
        lambda: json.loads(json.dumps({"a": [1.5, None]})),
        lambda: b"x".decode("ascii"),
    ]


def _load_time_zones() -> None:
    python_implementation = importlib.import_module("zoneinfo._zoneinfo")
    for name in standard.TIME_ZONES:
        # A system without time zone data has UTC, which needs no file.
        with contextlib.suppress(zoneinfo.ZoneInfoNotFoundError):
            # pandas looks every zone up in the Python implementation as well.
            _KEPT_ZONES.append(zoneinfo.ZoneInfo(name))
            _KEPT_ZONES.append(python_implementation.ZoneInfo(name))


def _use_zone(frame: pd.DataFrame, name: str) -> None:
    local = pd.DatetimeIndex(frame.index).tz_convert(name)
    _ = local.hour, str(local), local.tz_localize(None).tz_localize(name)


def run_ordinary_script(language: Language) -> None:
    """Run a typical script without a supervisor, so that its memory is this process's own."""
    limits = {"frame_bytes": 65536, "signals": 9, "log_lines": 9, "log_bytes": 999, "calls": 9}
    conversation = Conversation(_NOWHERE, limits | {"log_line_characters": 200})
    context = {"timestamp": "2026-01-01T05:00:00+00:00", "params": {}}
    api = make_api(conversation, context) | {"frame": to_frame(*_packed_market_data())}
    failure = run_once(compile_script(_ORDINARY_SCRIPT), language.scope(api), conversation, context)
    if failure is not None:
        raise RuntimeError(f"the warm-up script failed: {failure['error']}")


@functools.cache
def _packed_market_data() -> tuple[dict[str, Any], bytes]:
    frame = _sample_frame()
    columns = {str(name): frame[name].to_numpy() for name in frame.columns}
    packed = protocol.pack_columns(pd.DatetimeIndex(frame.index).asi8, columns)
    lengths = protocol.LENGTHS.unpack_from(packed)
    header_end = protocol.LENGTHS.size + lengths[0]
    header = json.loads(packed[protocol.LENGTHS.size : header_end])
    return header, packed[header_end:]


def warm_up() -> Language:
    """Import, use and keep everything a script may use; return what scripts find."""
    language = Language()
    frame = _sample_frame()
    _load_time_zones()
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        for calls in (_indicator_calls(frame), _method_calls(frame), _common_calls(frame)):
            for call in calls:
                _attempt(call)
        for name in standard.TIME_ZONES:
            _attempt(partial(_use_zone, frame, name))
    # Scripts see no warnings: there is nobody on the other side of stderr.
    warnings.simplefilter("ignore")
    # Scripts know the kept continuation under the name of the library it continues.
    sys.modules.setdefault("pandas_ta", pandas_ta_classic)
    run_ordinary_script(language)
    return language
