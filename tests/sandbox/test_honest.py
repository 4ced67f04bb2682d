"""What ordinary authors write runs, with every layer, and gives what they mean."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import talib

from execution.sandbox.reads import MarketDataRead, ReadReply, ReadRequest
from execution.sandbox.results import SandboxResult
from execution.sandbox.supervisor import Sandbox
from tests.sandbox.conftest import Runner
from tests.sandbox.harness import CLOCK, LIMITS, answer_as_ada, wave

pytestmark = pytest.mark.sandbox

FOLDER = Path(__file__).parent / "honest"
SCRIPTS = sorted(FOLDER.glob("*.py"))


def _output(result: SandboxResult) -> dict[str, Any]:
    assert result.status == "ok", result.error
    return result.outputs[-1]


def _closes(bars: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    return wave(bars).columns["close"]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_an_honest_script_runs(path: Path, run: Runner) -> None:
    result = run(path.read_text())

    assert result.error is None
    assert result.status == "ok"
    assert set(_output(result)) == {"value", "timestamp", "metadata"}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_an_honest_script_says_the_same_every_time(path: Path, run: Runner) -> None:
    source = path.read_text()

    assert run(source).outputs == run(source).outputs


def test_an_indicator_equals_the_one_computed_outside(run: Runner) -> None:
    result = run((FOLDER / "relative_strength.py").read_text())

    expected = talib.RSI(_closes(500), timeperiod=14)[-1]
    assert _output(result)["value"] == pytest.approx(expected, abs=1e-6)


def test_augmented_assignment_changes_items_and_attributes(run: Runner) -> None:
    result = run((FOLDER / "exponential_average_by_hand.py").read_text())

    expected = pd.Series(_closes(200)).ewm(span=20, adjust=False).mean().iloc[-1]
    assert _output(result)["value"] == pytest.approx(expected)


def test_augmented_assignment_evaluates_its_parts_once_and_in_order(run: Runner) -> None:
    source = """
order = []
def owner():
    order.append("owner")
    return box
def key():
    order.append("key")
    return "n"
def operand():
    order.append("operand")
    box["n"] = 100
    return 1
box = {"n": 1}
owner()[key()] += operand()
items = [1, 2, 3, 4]
alias = items
items += [5]
table = np.zeros((2, 2))
table[0, :] += 3
table[1][1] -= 1
result = {"value": box["n"], "order": order, "alias": alias, "table": table}
"""

    output = _output(run(source))

    assert output["value"] == 2
    assert output["metadata"] == {
        "order": ["owner", "key", "operand"],
        "alias": [1, 2, 3, 4, 5],
        "table": [[3.0, 3.0], [0.0, -1.0]],
    }


def test_the_emitted_come_in_order_and_the_result_last(run: Runner) -> None:
    result = run("emit_signal({'value': 1, 'side': 'BUY'})\nemit_signal({'value': 2})\nresult = 3")

    assert result.outputs == [
        {"value": 1, "timestamp": CLOCK, "metadata": {"side": "BUY"}},
        {"value": 2, "timestamp": CLOCK, "metadata": {}},
        {"value": 3, "timestamp": CLOCK, "metadata": {}},
    ]


def test_what_is_not_a_number_becomes_null(run: Runner) -> None:
    result = run("emit_signal({'value': float('nan'), 'a': [np.inf, {'b': -np.inf}], 'c': pd.NaT})")

    assert _output(result) == {
        "value": None,
        "timestamp": CLOCK,
        "metadata": {"a": [None, {"b": None}], "c": None},
    }


def test_values_of_the_libraries_become_plain(run: Runner) -> None:
    source = """
emit_signal({
    "value": np.int64(5), "flag": np.bool_(True), "array": np.arange(3), "index": {1: "a"},
    "series": pd.Series([1.5]), "at": pd.Timestamp("2026-01-02", tz="UTC"), "pair": (1, 2),
})
"""

    assert _output(run(source)) == {
        "value": 5,
        "timestamp": CLOCK,
        "metadata": {
            "flag": True,
            "array": [0, 1, 2],
            "index": {"1": "a"},
            "series": [1.5],
            "at": "2026-01-02T00:00:00+00:00",
            "pair": [1, 2],
        },
    }


def test_market_data_is_a_table_of_closed_bars(run: Runner) -> None:
    source = """
data = get_market_data(bars=7)
result = {"value": len(data), "columns": list(data.columns), "index": data.index.name,
          "zone": str(data.index.tz), "types": [str(t) for t in data.dtypes],
          "last": data.index[-1]}
"""

    assert _output(run(source))["metadata"] == {
        "columns": ["open", "high", "low", "close", "volume"],
        "index": "opened_at",
        "zone": "UTC",
        "types": ["float64"] * 5,
        "last": "2026-01-01T00:06:00+00:00",
    }


def test_reads_ask_for_what_the_script_names(sandbox: Sandbox) -> None:
    asked: list[ReadRequest] = []

    def answer(request: ReadRequest) -> ReadReply:
        asked.append(request)
        return answer_as_ada(request)

    result = sandbox.run(
        "get_market_data('BANKNIFTY', '5m', 20)\nget_market_data()",
        context={"timestamp": CLOCK},
        limits=LIMITS,
        answer_read=answer,
    )

    assert result.usage.calls == 2
    assert asked == [
        MarketDataRead(instrument="BANKNIFTY", timeframe="5m", bars=20),
        MarketDataRead(instrument=None, timeframe=None, bars=500),
    ]


def test_the_newest_row_of_compute_is_the_output(run: Runner) -> None:
    result = run("def compute(data, params):\n    return data['close'].rolling(5).mean()")

    expected = pd.Series(_closes(500)).rolling(5).mean().iloc[-1]
    assert len(result.outputs) == 1
    assert _output(result)["value"] == pytest.approx(expected)


def test_every_row_of_compute_is_an_output_when_asked_for(run: Runner) -> None:
    result = run("def compute(data, params):\n    return data[['close']]", every_row=True)

    assert len(result.outputs) == 500
    assert result.outputs[3]["timestamp"] == "2026-01-01T00:03:00+00:00"
    assert result.outputs[3]["value"] == {"close": pytest.approx(_closes(500)[3])}


def test_compute_is_left_alone_when_the_script_spoke_itself(run: Runner) -> None:
    result = run("def compute(data, params):\n    return 1 / 0\nemit_signal({'value': 1})")

    assert [output["value"] for output in result.outputs] == [1]


def test_the_clock_is_the_runs_and_stands_still(run: Runner) -> None:
    source = """
import time
from datetime import datetime, date
first = time.time()
total = sum(range(100_000))
result = {"value": time.time() - first, "now": datetime.now(), "today": date.today()}
"""

    result = run(source, timestamp="2020-02-29T23:59:00+00:00")

    assert _output(result) == {
        "value": 0.0,
        "timestamp": "2020-02-29T23:59:00+00:00",
        "metadata": {"now": "2020-02-29T23:59:00", "today": "2020-02-29"},
    }


def test_chance_follows_the_seed(run: Runner) -> None:
    source = "result = float(np.random.normal())"

    assert run(source, seed=1).outputs == run(source, seed=1).outputs
    assert run(source, seed=1).outputs != run(source, seed=2).outputs


def test_printing_is_logging(run: Runner) -> None:
    result = run("print('a', 1, sep='-')\nlog('b', 2)\nlog('c\\nd')")

    assert result.log == ["a-1", "b 2", "c", "d"]


def test_a_batch_runs_every_context_in_its_own_namespace(sandbox: Sandbox) -> None:
    contexts = [
        {"timestamp": CLOCK, "params": {"n": number}, "instrument": f"I{number}"}
        for number in range(5)
    ]
    source = "assert 'seen' not in context\ncontext['seen'] = 1\nresult = params['n'] * 2"

    results = sandbox.run_batch(
        source, contexts=contexts, limits=LIMITS, answer_reads=[answer_as_ada] * 5
    )

    assert [result.outputs[0]["value"] for result in results] == [0, 2, 4, 6, 8]


def test_a_batch_goes_on_after_a_context_that_failed(sandbox: Sandbox) -> None:
    contexts = [{"timestamp": CLOCK, "params": {"n": number}} for number in (1, 0, 2)]

    results = sandbox.run_batch(
        "if params['n'] == 0:\n    while True:\n        pass\nresult = 10 / params['n']",
        contexts=contexts,
        limits=LIMITS,
        answer_reads=[answer_as_ada] * 3,
    )

    assert [result.status for result in results] == ["ok", "timeout", "ok"]
    assert results[2].outputs[0]["value"] == 5


@pytest.mark.parametrize(
    ("source", "line", "expected"),
    [
        ("x = 1\nimport os", 2, "import os is not available; a script reads data with"),
        ("x = 1\ny = open('x')", 2, "open() is not available; a script reads data with"),
        ("x = 1\n\ny = x._private", 3, "attributes of others may not begin with an underscore"),
        ("'{0._x}'.format(1)", 1, "a template may not name the attribute '_x'"),
        ("x = [1, 2\ny = 3", 1, "never closed"),
        ("def f():\n    return {}['a']\nf()", 2, "'a'"),
        ("import numpy as np\nnp.fromfile('x')", 2, "numpy has no 'fromfile'"),
        ("get_market_data(bars=0)", 1, "bars is 1 to 5000, not 0"),
        ("emit_signal(5)", 1, "emit_signal() takes a dictionary, not int"),
        (
            "class A:\n    pass\nemit_signal({'value': A()})",
            3,
            "an object of type A cannot be sent",
        ),
    ],
)
def test_an_error_names_the_scripts_own_line_and_says_what_to_write(
    source: str, line: int, expected: str, run: Runner
) -> None:
    result = run(source)

    assert result.status in ("error", "rejected")
    assert result.error is not None
    assert result.error.line == line
    assert expected in result.error.message


def test_a_script_that_is_not_python_is_rejected(run: Runner) -> None:
    result = run("result = = 1")

    assert result.status == "rejected"
    assert result.error is not None
    assert result.error.type == "SyntaxError"


def test_screening_finds_every_fault_without_running_anything(sandbox: Sandbox) -> None:
    findings = sandbox.screen("x = a.__bases__\nwhile True:\n    pass\nasync def f(): pass")

    assert [finding.line for finding in findings] == [1, 4]
    assert sandbox.screen("result = 1") == []


def test_every_indicator_of_the_libraries_runs_in_the_jail(run: Runner) -> None:
    source = """
data = get_market_data(bars=300)
failed = []
for name in params["names"]:
    try:
        getattr(data.ta, name)()
    except Exception as fault:
        failed.append(f"{name}: {fault}")
result = {"value": len(params["names"]), "failed": failed}
"""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from execution.sandbox.guest.facades import indicator_names

    names = sorted(indicator_names())
    output = _output(run(source, params={"names": names}))

    assert output["value"] > 150
    blocked = [line for line in output["metadata"]["failed"] if "not permitted" in line]
    assert blocked == []
