"""The kinds of scripts: strategies, `data` in scope with signal() and plot(), and compute()."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from execution.sandbox.limits import SandboxLimits
from execution.sandbox.reads import Columns, ReadFailed, ReadReply, ReadRequest
from execution.sandbox.results import SandboxResult
from execution.sandbox.supervisor import Sandbox
from tests.sandbox.conftest import Runner
from tests.sandbox.harness import CLOCK, LIMITS, wave

pytestmark = pytest.mark.sandbox

CROSSING = """
def strategy(data):
    close = data["close"]
    average = close.rolling(20).mean()
    if close.iloc[-1] > average.iloc[-1]:
        return "BUY"
    if close.iloc[-1] < average.iloc[-1]:
        return "SELL"
    return "HOLD"
"""
CROSSING_AS_SERIES = """
def strategy(data):
    close = data["close"]
    average = close.rolling(20).mean()
    said = pd.Series("HOLD", index=data.index)
    said[close > average] = "BUY"
    said[close < average] = "SELL"
    said.iloc[:49] = "HOLD"
    return said
"""


def _values(result: SandboxResult) -> list[Any]:
    assert result.status == "ok", result.error
    return [output["value"] for output in result.outputs]


def _error(result: SandboxResult) -> tuple[str, int | None, str]:
    assert result.error is not None
    return result.status, result.error.line, result.error.message


def _expected_crossings(bars: int = 500) -> list[tuple[int, str]]:
    close = wave(bars).columns["close"]
    average = pd.Series(close).rolling(20).mean().to_numpy()
    found, before = [], "HOLD"
    for bar in range(49, bars):
        word = "BUY" if close[bar] > average[bar] else "SELL"
        if word != before:
            found.append((bar, word))
        before = word
    return found


# --- strategy(data) -------------------------------------------------------------------------------


def test_a_strategy_is_asked_bar_by_bar_and_its_changes_are_signals(run: Runner) -> None:
    result = run(CROSSING, every_row=True)

    bars = wave(500)
    opened = pd.to_datetime(bars.index_ns, utc=True)
    assert [(o["metadata"]["bar"], o["value"]) for o in result.outputs] == _expected_crossings()
    for output in result.outputs:
        bar = output["metadata"]["bar"]
        assert output["timestamp"] == (opened[bar] + pd.Timedelta("1min")).isoformat()
        assert output["metadata"]["price"] == bars.columns["close"][bar]


def test_a_strategy_that_answers_with_a_series_gives_the_same_signals(run: Runner) -> None:
    assert run(CROSSING_AS_SERIES, every_row=True).outputs == run(CROSSING, every_row=True).outputs
    assert run(CROSSING_AS_SERIES).outputs == run(CROSSING).outputs


def test_a_run_of_a_strategy_is_its_newest_signal(run: Runner) -> None:
    assert run(CROSSING).outputs == run(CROSSING, every_row=True).outputs[-1:]


def test_a_strategy_that_changes_its_mind_on_every_bar_still_says_where_it_stands(
    run: Runner,
) -> None:
    source = "def strategy(data):\n    return 'BUY' if len(data) % 2 else 'SELL'"

    assert _values(run(source)) == ["SELL"]
    assert len(_values(run(source, every_row=True))) == 451


def test_a_strategy_that_never_speaks_holds_as_of_the_newest_bar(run: Runner) -> None:
    source = "def strategy(data):\n    return 'HOLD'"

    [output] = run(source).outputs

    assert (output["value"], output["timestamp"]) == ("HOLD", "2026-01-01T08:20:00+00:00")
    assert run(source, every_row=True).outputs == []


def test_a_strategy_is_first_asked_when_fifty_bars_are_known(run: Runner) -> None:
    source = """
def strategy(data):
    if len(data) in (50, 51, 500):
        log(len(data), data.index[-1])
    return "HOLD"
"""

    assert run(source).log == [
        "50 2026-01-01 00:49:00+00:00",
        "51 2026-01-01 00:50:00+00:00",
        "500 2026-01-01 08:19:00+00:00",
    ]


@pytest.mark.parametrize("bars", [0, 1, 49])
def test_fewer_than_fifty_bars_give_no_signal_and_no_error(bars: int, sandbox: Sandbox) -> None:
    result = _run_on(sandbox, "def strategy(data):\n    return 'BUY'", wave(bars))

    assert (result.status, result.outputs) == ("ok", [])


def test_a_series_speaks_for_the_first_bars_too(sandbox: Sandbox) -> None:
    source = "def strategy(data):\n    return pd.Series('SELL', index=data.index)"

    result = _run_on(sandbox, source, wave(3))

    assert result.outputs[0]["value"] == "SELL"
    assert result.outputs[0]["metadata"]["bar"] == 0


def test_a_strategy_never_sees_a_later_bar_nor_what_an_earlier_call_changed(run: Runner) -> None:
    source = """
kept = []
def strategy(data):
    assert data["close"].max() < 1000, "a change of an earlier call is seen"
    assert data.index.name == "opened_at" and list(data.columns)[0] == "open"
    assert not kept or len(kept[-1]) + 1 == len(data), "an earlier table grew"
    data.loc[data.index[-1], "close"] = 5000.0
    data["close"] *= 100
    data["mine"] = 1
    values = data.to_numpy()
    values[:] = 7000.0
    data.index.name = "changed"
    data.columns = [c.upper() for c in data.columns]
    kept.append(data)
    return "HOLD"
"""

    assert _values(run(source)) == ["HOLD"]


def test_the_tables_of_a_strategy_share_no_memory(kernel_only: Sandbox) -> None:
    source = """
import numpy as np
past = []
def behind(array):
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array.nbytes
def strategy(data):
    assert behind(data.to_numpy()) == data.to_numpy().nbytes
    assert behind(data.index.values) == 8 * len(data)
    assert not any(np.shares_memory(data.to_numpy(), one.to_numpy()) for one in past[-3:])
    assert not any(np.shares_memory(data.index.values, one.index.values) for one in past[-3:])
    past.append(data)
    return "BUY"
"""
    result = kernel_only.run(
        source,
        context={"timestamp": CLOCK, "timeframe": "1m"},
        limits=replace(LIMITS, wall_seconds=10.0, cpu_seconds=10.0),
        answer_read=lambda request: wave(120),
    )

    assert _values(result) == ["BUY"]


@pytest.mark.parametrize("said", ["'buy'", "' Buy '", "np.array(['BUY'])[0]"])
def test_a_word_may_be_written_in_any_case(said: str, run: Runner) -> None:
    assert _values(run(f"def strategy(data):\n    return {said}")) == ["BUY"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return 1", "'BUY', 'SELL' or 'HOLD', not 1"),
        ("return -1.0", "'BUY', 'SELL' or 'HOLD', not -1.0"),
        ("return True", "'BUY', 'SELL' or 'HOLD', not True"),
        ("return None", "'BUY', 'SELL' or 'HOLD', not NoneType"),
        ("return 'LONG'", "'BUY', 'SELL' or 'HOLD', not 'LONG'"),
        ("return data", "'BUY', 'SELL' or 'HOLD', not DataFrame"),
        ("return pd.Series(1, index=data.index)", "'BUY', 'SELL' or 'HOLD', not 1"),
        ("return pd.Series(['BUY'])", "returned 1 rows for 50 bars; return one row for every bar"),
        ("return pd.Series('BUY', index=data.index.shift(1, 'D'))", "rows of other instants"),
        (
            "return pd.Series('BUY', index=data.index) if len(data) == 50 else 'BUY'",
            "always return a Series, or always a word",
        ),
    ],
)
def test_what_a_strategy_may_not_return_is_an_error_that_says_what_to_write(
    body: str, expected: str, run: Runner
) -> None:
    status, line, message = _error(run(f"x = 1\ndef strategy(data):\n    {body}"))

    assert (status, line) == ("error", 2)
    assert expected in message


@pytest.mark.parametrize(
    "parameters", ["", "data, params", "data, period=14", "*data", "*, data", "data, **rest"]
)
def test_a_strategy_takes_exactly_one_argument(parameters: str, run: Runner) -> None:
    status, line, message = _error(run(f"\ndef strategy({parameters}):\n    return 'BUY'"))

    assert (status, line) == ("error", 2)
    assert "write strategy(data)" in message


def test_an_error_inside_a_strategy_names_its_line(run: Runner) -> None:
    source = "def strategy(data):\n    if len(data) == 60:\n        1 / 0\n    return 'HOLD'"

    status, line, message = _error(run(source))

    assert (status, line, message) == ("error", 3, "division by zero")


def test_a_missing_word_in_a_series_is_a_bar_without_advice(run: Runner) -> None:
    source = """
def strategy(data):
    said = pd.Series("BUY", index=data.index, dtype=object).shift(60)
    said.iloc[70:71] = None
    return said
"""

    assert [(o["value"], o["metadata"]["bar"]) for o in run(source, every_row=True).outputs] == [
        ("BUY", 60),
        ("HOLD", 70),
        ("BUY", 71),
    ]


def test_what_a_strategy_says_while_it_is_found_out_counts_once(run: Runner) -> None:
    series = """
def strategy(data):
    log("asked", len(data))
    return pd.Series("BUY", index=data.index)
"""
    word = """
def strategy(data):
    if len(data) < 52:
        log("asked", len(data))
    return "BUY"
"""

    assert run(series).log == ["asked 500"]
    assert run(word).log == ["asked 50", "asked 51"]
    assert run("def strategy(data):\n    log('here')\n    1 / 0").log == ["here"]


def test_a_strategy_may_be_a_method_a_closure_or_an_object(run: Runner) -> None:
    source = """
class Follower:
    def __call__(self, data):
        return "SELL"
strategy = Follower()
"""

    assert _values(run(source)) == ["SELL"]
    assert _values(run("strategy = lambda data: 'BUY'")) == ["BUY"]


def test_the_last_bar_of_a_day_that_does_not_divide_closes_at_midnight(sandbox: Sandbox) -> None:
    bars = wave(60)
    day = 86_400 * 1_000_000_000
    opened = bars.index_ns[0] + np.arange(60) // 4 * day + np.arange(60) % 4 * (day * 7 // 24)
    result = _run_on(
        sandbox,
        "def strategy(data):\n    return 'BUY' if len(data) == 60 else 'HOLD'",
        replace(bars, index_ns=opened),
        timeframe="7h",
    )

    assert result.outputs[0]["timestamp"] == "2026-01-16T00:00:00+00:00"


def test_bars_without_a_timeframe_are_instants(sandbox: Sandbox) -> None:
    source = "def strategy(data):\n    return pd.Series('BUY', index=data.index)"

    result = _run_on(sandbox, source, wave(5), timeframe=None)

    assert result.outputs[0]["timestamp"] == "2026-01-01T00:00:00+00:00"


def _run_on(
    sandbox: Sandbox,
    source: str,
    bars: Columns,
    *,
    timeframe: str | None = "1m",
    limits: SandboxLimits = LIMITS,
) -> SandboxResult:
    context = {"timestamp": CLOCK, "timeframe": timeframe}
    return sandbox.run(source, context=context, limits=limits, answer_read=lambda request: bars)


# --- which kind of script -------------------------------------------------------------------------


def test_a_result_goes_before_compute_and_strategy(run: Runner) -> None:
    source = "def strategy(data):\n    return 'BUY'\nresult = 7"

    assert _values(run(source)) == [7]


def test_a_signal_goes_before_strategy(run: Runner) -> None:
    source = "def strategy(data):\n    return 1 / 0\nemit_signal({'value': 3})"

    assert _values(run(source)) == [3]


def test_compute_and_strategy_together_are_refused(run: Runner) -> None:
    source = "def compute(data, params):\n    pass\ndef strategy(data):\n    pass"

    status, line, message = _error(run(source))

    assert (status, line) == ("error", 3)
    assert "not both" in message


def test_a_script_that_says_nothing_has_no_output(run: Runner) -> None:
    assert run("x = 1").outputs == []


# --- compute(data, params) ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "line", "expected"),
    [
        ("x = 1\ndef compute(data):\n    return 1", 2, "write compute(data, params)"),
        ("def compute(data, params):\n    return 5", 1, "a Series or a DataFrame, not int"),
        (
            "def compute(data, params):\n    return data['close'].diff().dropna()",
            1,
            "returned 499 rows for 500 bars; return one row for every bar, without dropna()",
        ),
        (
            "def compute(data, params):\n    return data['close'].iloc[::-1]",
            1,
            "rows of other instants",
        ),
    ],
)
def test_a_compute_of_the_wrong_shape_is_an_error_that_says_what_to_write(
    source: str, line: int, expected: str, run: Runner
) -> None:
    for every_row in (False, True):
        status, found, message = _error(run(source, every_row=every_row))

        assert (status, found) == ("error", line)
        assert expected in message


def test_every_row_of_compute_is_stamped_with_its_bars_close(run: Runner) -> None:
    source = "def compute(data, params):\n    return data['close'].rolling(3).sum()"

    rows = run(source, every_row=True).outputs

    assert rows[1] == {"value": None, "timestamp": "2026-01-01T00:02:00+00:00", "metadata": {}}
    expected = pd.Series(wave(500).columns["close"]).rolling(3).sum()
    assert [row["value"] for row in rows[2:]] == pytest.approx(expected.tolist()[2:])
    assert run(source).outputs[0]["value"] == rows[-1]["value"]


def test_a_column_called_value_is_the_output_and_the_others_describe_it(run: Runner) -> None:
    source = """
def compute(data, params):
    return pd.DataFrame({"value": data["close"], "up": data["close"].diff() > 0, "n": 1})
"""

    [output] = run(source).outputs

    assert output["value"] == wave(500).columns["close"][-1]
    assert output["metadata"] == {"up": True, "n": 1}


def test_compute_reads_as_many_bars_as_the_platform_asks_for(run: Runner) -> None:
    source = "def compute(data, params):\n    return data['volume']"

    assert len(run(source, every_row=True, bars=2000).outputs) == 2000


def test_what_the_platform_asks_for_is_not_shown_to_the_script(run: Runner) -> None:
    result = run("result = sorted(context)", every_row=True, bars=30, seed=5)

    assert _values(result) == [
        ["instrument", "instrument_key", "params", "timeframe", "timestamp", "user_id"]
    ]


# --- data, signal(), plot() -----------------------------------------------------------------------


def test_data_is_in_scope_of_a_script_that_reads_it(run: Runner) -> None:
    result = run("result = [len(data), list(data.columns), data.index.name]")

    assert _values(result) == [[500, ["open", "high", "low", "close", "volume"], "opened_at"]]
    assert result.usage.calls == 1


@pytest.mark.parametrize(
    ("source", "reads"),
    [
        ("result = 1", 0),
        ("data = 5\nresult = data", 0),
        ("data = get_market_data(bars=5)\nresult = len(data)", 1),
        ("for data in [1]:\n    pass\nresult = data", 0),
        ("def f(data):\n    return data\nresult = f(1)", 0),
        ("def f():\n    data = 1\n    return data\nresult = f()", 0),
        ("data = 1\ndef f():\n    return data\nresult = f()", 0),
        ("result = {'data': 1}['data']", 0),
        ("def f():\n    return len(data)\nresult = f()", 1),
        ("result = [len(data) for i in range(3)]", 1),
        ("class A:\n    n = len(data)\nresult = A.n", 1),
        ("data['x'] = 1\nresult = len(data)", 1),
        ("data = data.tail(3)\nresult = len(data)", 1),
    ],
)
def test_data_is_read_only_for_a_script_that_wants_it(source: str, reads: int, run: Runner) -> None:
    result = run(source)

    assert result.status == "ok", result.error
    assert result.usage.calls == reads


def test_data_that_cannot_be_read_is_an_error_on_the_line_that_wants_it(sandbox: Sandbox) -> None:
    def fail(_: ReadRequest) -> ReadReply:
        raise ReadFailed("no bars are stored for this instrument")

    result = sandbox.run(
        "x = 1\n\ny = x + len(data)",
        context={"timestamp": CLOCK},
        limits=LIMITS,
        answer_read=fail,
    )

    assert _error(result) == ("error", 3, "no bars are stored for this instrument")


def test_signal_says_what_when_at_which_price_and_why(run: Runner) -> None:
    source = """
signal("buy", data.index[-1], float(data["close"].iloc[-1]), "crossed up", "arrow-up")
signal("HOLD")
signal(type="SELL", timestamp="2026-01-01T00:00:00", price=np.float64(99.5))
"""

    assert run(source).outputs == [
        {
            "value": "BUY",
            "timestamp": "2026-01-01T08:19:00+00:00",
            "metadata": {
                "price": wave(500).columns["close"][-1],
                "reason": "crossed up",
                "icon": "arrow-up",
            },
        },
        {
            "value": "HOLD",
            "timestamp": CLOCK,
            "metadata": {"price": None, "reason": "", "icon": ""},
        },
        {
            "value": "SELL",
            "timestamp": "2026-01-01T00:00:00+00:00",
            "metadata": {"price": 99.5, "reason": "", "icon": ""},
        },
    ]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("signal('LONG')", "the type of a signal is 'BUY', 'SELL' or 'HOLD', not 'LONG'"),
        ("signal(1)", "'BUY', 'SELL' or 'HOLD', not 1"),
        ("signal('BUY', price='high')", "the price of a signal is a number, not str"),
        ("signal('BUY', timestamp='today')", "the timestamp of an output is an instant"),
        ("signal('BUY', when=1)", "signal() got an unexpected keyword argument 'when'"),
        ("emit_signal({'value': 1, 'timestamp': [1]})", "ISO 8601 text such as get_timestamp()"),
        ("emit_signal({'value': 1, 'timestamp': 1767225600000})", "or seconds since 1970"),
        ("emit_signal({'value': {1: 'a', '1': 'b'}})", "the same when written as text"),
        ("emit_signal({'value': {1, 2}})", "an object of type set cannot be sent"),
    ],
)
def test_a_signal_that_makes_no_sense_is_an_error_on_its_line(
    call: str, expected: str, run: Runner
) -> None:
    status, line, message = _error(run(f"x = 1\n{call}"))

    assert (status, line) == ("error", 2)
    assert expected in message


def test_a_timestamp_may_be_a_text_an_index_entry_a_date_or_seconds(run: Runner) -> None:
    source = """
from datetime import date, datetime, timezone
for at in ["2026-01-01T00:00:00Z", "2026-01-01", pd.Timestamp("2026-01-01"), date(2026, 1, 1),
           datetime(2026, 1, 1, tzinfo=timezone.utc), np.datetime64("2026-01-01"), 1767225600,
           pd.Timestamp("2026-01-01 05:30", tz="Asia/Kolkata"), None, pd.NaT]:
    emit_signal({"value": 1, "timestamp": at})
"""

    stamps = [output["timestamp"] for output in run(source).outputs]

    assert [pd.Timestamp(stamp).isoformat() for stamp in stamps[:-2]] == [
        "2026-01-01T00:00:00+00:00"
    ] * 7 + ["2026-01-01T05:30:00+05:30"]
    assert stamps[-2:] == [CLOCK, CLOCK]


def test_a_plot_keeps_its_name_options_instants_and_numbers(run: Runner) -> None:
    source = """
average = data["close"].rolling(3).mean()
plot(average.tail(4), "SMA 3", color="#ff8800", style="dashed", width=2)
plot(data["volume"].tail(2), "volume", panel="volume", style="histogram")
plot(data["close"].tail(1), "relative", overlay=False)
"""

    result = run(source)

    assert result.outputs == []
    average, volume, relative = result.plots
    assert average.name == "SMA 3"
    assert average.options == {
        "color": "#ff8800",
        "style": "dashed",
        "width": 2.0,
        "panel": "price",
    }
    expected = pd.Series(wave(500).columns["close"]).rolling(3).mean().tail(4)
    assert average.values == pytest.approx(expected.tolist())
    assert average.timestamps[0] == "2026-01-01T08:16:00+00:00"
    assert average.timestamps[-1] == "2026-01-01T08:19:00+00:00"
    assert (volume.options["panel"], volume.options["color"]) == ("volume", None)
    assert relative.options["panel"] == "relative"


def test_a_plot_takes_what_quants_have_at_hand(run: Runner) -> None:
    source = """
plot(data["close"].to_numpy(), "array")
plot(data["close"].tolist(), "list")
plot(data["close"])
plot(70, "level", panel="rsi")
plot(data[["high", "low"]].rolling(5).max(), "channel")
plot(pd.Series([1, 2], index=data.index[:2]), "integers")
plot(data["close"] > 100, "flags")
"""

    plots = {plot.name: plot for plot in run(source).plots}

    close = wave(500).columns["close"].tolist()
    assert plots["array"].values == plots["list"].values == plots["close"].values == close
    assert plots["array"].timestamps == plots["close"].timestamps
    assert (plots["level"].values, len(plots["level"].timestamps)) == ([70.0, 70.0], 2)
    assert plots["channel high"].values[:5] == [None] * 4 + [max(close[:5]) + 1]
    assert plots["channel low"].options["panel"] == "channel"
    assert plots["integers"].values == [1.0, 2.0]
    assert set(plots["flags"].values) == {0.0, 1.0}


def test_what_is_no_number_in_a_plot_is_a_gap(run: Runner) -> None:
    [plot] = run("plot([1.5, np.nan, np.inf] + [0.0] * (len(data) - 3), 'gaps')").plots

    assert plot.values[:3] == [1.5, None, None]


def test_a_plot_of_the_same_name_takes_the_place_of_the_first(run: Runner) -> None:
    source = """
def strategy(data):
    plot(data["close"], "close")
    return "BUY"
"""

    [plot] = run(source).plots

    assert len(plot.values) == 500


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("plot(data['close'].tolist()[:9], 'x')", "give it a Series with the index of the data"),
        ("plot(['a'], 'x')", "a Series, an array or a list of numbers"),
        ("plot([1.0])", "the name of a plot has 1 to 100 characters"),
        ("plot(data['close'], 'x', color='url(x)')", "a color is '#2962ff' or a name"),
        ("plot(data['close'], 'x', style='wavy')", "a style is one of line, dashed"),
        ("plot(data['close'], 'x', width=0)", "a width is a number up to 10"),
        ("plot(data['close'], 'x', colour='red')", "unexpected keyword argument 'colour'"),
        ("plot(data['close'].iloc[::-1], 'x')", "use sort_index()"),
        ("plot(np.ones((2, 2)), 'x')", "one line at a time"),
        ("plot(data['close'], 5)", "the name of a plot is text"),
    ],
)
def test_a_plot_that_makes_no_sense_is_an_error_on_its_line(
    call: str, expected: str, run: Runner
) -> None:
    status, line, message = _error(run(f"n = len(data)\n{call}"))

    assert (status, line) == ("error", 2)
    assert expected in message


@pytest.mark.parametrize(
    ("source", "limit"),
    [
        ("for i in range(33):\n    plot(data['close'].tail(3), f'p{i}')", "plots is 32"),
        ("x = data.tail(11)\nplot(x['close'], 'x')", "plot_points is 10"),
        ("n = len(data)\nfor i in range(101):\n    signal('BUY')", "signals is 100"),
    ],
)
def test_too_many_plots_points_or_signals_are_an_error_that_names_the_limit(
    source: str, limit: str, run: Runner
) -> None:
    points = 10 if "points" in limit else 5000
    result = run(source, limits=replace(SandboxLimits(), plot_points=points))

    status, line, message = _error(result)
    assert (status, line is not None) == ("output_limit", True)
    assert limit in message
    assert result.plots == []


# --- the rest of the interface --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("assigned", "value", "metadata"),
    [
        ("{'value': {'a': [1, 2]}, 'n': 1}", {"a": [1, 2]}, {"n": 1}),
        ("{'mean': 1.5, 'last': [1, {'x': None}]}", {"mean": 1.5, "last": [1, {"x": None}]}, {}),
        ("[1, 'a', None, True]", [1, "a", None, True], {}),
        ("np.arange(3) * 1.5", [0.0, 1.5, 3.0], {}),
        ("{'value': np.float32(0.5), 'at': pd.Timestamp('2026-01-01', tz='UTC')}", 0.5,
         {"at": "2026-01-01T00:00:00+00:00"}),
        ("float('nan')", None, {}),
        ("{'mean': 1, 'timestamp': '2026-01-01T00:00:00Z'}", {"mean": 1}, {}),
        ("2 ** 1000", 2**1000, {}),
        ("None", None, {}),
        ("collections.deque([1, 2])", [1, 2], {}),
    ],
)  # fmt: skip
def test_dictionaries_lists_and_library_values_are_kept(
    assigned: str, value: Any, metadata: dict[str, Any], run: Runner
) -> None:
    result = run(f"result = {assigned}")

    assert result.status == "ok", result.error
    assert result.outputs[-1]["value"] == value
    assert result.outputs[-1]["metadata"] == metadata


@pytest.mark.parametrize(
    "read",
    [
        "get_metric('mallory.pnl')",
        "get_metric('unknown')",
        "get_script_output('foreign-script')",
        "get_script_output('foreign-script', history=3)",
        "get_script_output('never-heard-of')",
    ],
)
def test_a_foreign_an_undeclared_and_an_unknown_read_are_refused_alike(
    read: str, run: Runner
) -> None:
    result = run(f"x = 1\n{read}")

    assert result.error is not None
    assert result.error.type == "PermissionError"
    assert _error(result) == ("error", 2, "this read is not available to the script")


def test_the_history_of_another_script_comes_as_a_list_oldest_first(sandbox: Sandbox) -> None:
    from execution.sandbox.reads import JsonValue, ScriptOutputRead

    outputs = [{"value": n, "timestamp": CLOCK, "metadata": {}} for n in range(5)]

    def answer(request: ReadRequest) -> ReadReply:
        assert isinstance(request, ScriptOutputRead)
        return JsonValue(value=outputs[-request.history :] if request.history else outputs[-1])

    result = sandbox.run(
        "result = [get_script_output('other')['value'],\n"
        "          [o['value'] for o in get_script_output('other', history=3)]]",
        context={"timestamp": CLOCK},
        limits=LIMITS,
        answer_read=answer,
    )

    assert _values(result) == [[4, [2, 3, 4]]]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("get_market_data(bars=5001)", "bars is 1 to 5000, not 5001"),
        ("get_market_data(bars=True)", "bars is a whole number, not bool"),
        ("get_market_data(bars=1.5)", "bars is a whole number, not float"),
        ("get_market_data(5)", "instrument is text, not int"),
        ("get_market_data(timeframe='')", "timeframe has 1 to 256 characters"),
        ("get_script_output('x', history=-1)", "history is 0 to 5000, not -1"),
        ("get_metric(None)", "name is text, not NoneType"),
    ],
)
def test_a_read_that_makes_no_sense_is_an_error_on_its_line(
    call: str, expected: str, run: Runner
) -> None:
    status, line, message = _error(run(f"x = 1\n{call}"))

    assert (status, line) == ("error", 2)
    assert expected in message


def test_answers_together_are_limited(sandbox: Sandbox) -> None:
    answer: Callable[[ReadRequest], ReadReply] = lambda request: wave(1000)  # noqa: E731

    result = sandbox.run(
        "for i in range(5):\n    get_market_data()",
        context={"timestamp": CLOCK},
        limits=replace(LIMITS, input_bytes=100_000),
        answer_read=answer,
    )

    assert result.status == "output_limit"
    assert "input_bytes is 100000" in _error(result)[2]
