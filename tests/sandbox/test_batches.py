"""One process, many contexts: what one of them does, the others neither feel nor see."""

from dataclasses import replace
from typing import Any

import pytest

from execution.sandbox.limits import MEBIBYTE, SandboxLimits
from execution.sandbox.results import SandboxResult
from execution.sandbox.supervisor import Sandbox
from tests.sandbox.harness import CLOCK, LIMITS, answer_as_ada

pytestmark = pytest.mark.sandbox

_LIMITS = replace(LIMITS, wall_seconds=5.0, cpu_seconds=5.0)


def _run_batch(
    sandbox: Sandbox,
    source: str,
    params: list[Any],
    *,
    limits: SandboxLimits = _LIMITS,
    **context: Any,
) -> list[SandboxResult]:
    contexts = [
        {"timestamp": CLOCK, "timeframe": "1m", "params": {"n": n}, **context} for n in params
    ]
    return sandbox.run_batch(
        source, contexts=contexts, limits=limits, answer_reads=[answer_as_ada] * len(contexts)
    )


# --- failures stay where they are -----------------------------------------------------------------

FAILURES = {
    "raises": ("1 / 0", "error"),
    "leaves": ("raise SystemExit", "error"),
    "times_out": ("while True:\n        pass", "timeout"),
    "exhausts_memory": ("x = [0] * (1 << 30)", "memory"),
    "says_too_much": ("for i in range(101):\n        emit_signal({'value': i})", "output_limit"),
    "sends_nonsense": ("result = lambda: 1", "error"),
    "recurses": ("f = lambda x: f(x)\n    f(1)", "error"),
}


@pytest.mark.parametrize("name", sorted(FAILURES))
@pytest.mark.parametrize("position", [0, 1, 3])
def test_the_failure_of_one_context_leaves_the_others_right(
    name: str, position: int, sandbox: Sandbox
) -> None:
    body, status = FAILURES[name]
    source = f"if params['n'] == {position}:\n    {body}\nelse:\n    result = params['n'] * 10"
    limits = replace(_LIMITS, wall_seconds=0.5 if name == "times_out" else 5.0)

    results = _run_batch(sandbox, source, [0, 1, 2, 3], limits=limits)

    expected = ["ok"] * 4
    expected[position] = status
    assert [result.status for result in results] == expected
    others = [n for n in range(4) if n != position]
    assert [results[n].outputs[0]["value"] for n in others] == [n * 10 for n in others]
    assert all(results[n].error is None for n in others)


@pytest.mark.parametrize(
    ("attack", "status"),
    [
        ("import os\n    os.execv('/bin/true', ['true'])", "violation"),
        ("import os\n    os.abort()", "crashed"),
        ("import os\n    os._exit(3)", "crashed"),
        ("import os\n    os.write(BROKER_FD, b'x' * 100)", "protocol"),
        ("import os\n    os.close(BROKER_FD)", "crashed"),
    ],
)
def test_a_context_that_attacks_or_crashes_leaves_the_others_right(
    attack: str, status: str, kernel_only: Sandbox
) -> None:
    source = f"if params['n'] == 1:\n    {attack}\nresult = params['n'] * 10"

    results = _run_batch(kernel_only, source, [0, 1, 2])

    assert [result.status for result in results] == ["ok", status, "ok"]
    assert [results[n].outputs[0]["value"] for n in (0, 2)] == [0, 20]


def test_every_context_has_the_memory_that_the_one_before_it_gave_back(sandbox: Sandbox) -> None:
    source = """
class Node:
    pass
node = Node()
node.itself = node
node.block = np.ones(5_000_000)
result = float(node.block.sum())
"""
    limits = replace(_LIMITS, memory_bytes=64 * MEBIBYTE)

    results = _run_batch(sandbox, source, [1, 2, 3, 4], limits=limits)

    assert [result.status for result in results] == ["ok"] * 4


def test_every_context_has_limits_of_its_own(sandbox: Sandbox) -> None:
    source = """
for i in range(100):
    emit_signal({"value": i})
for i in range(500):
    log("x")
for i in range(150):
    get_metric("ada.pnl")
plot([1.0] * len(get_market_data(bars=5)), "p")
"""

    results = _run_batch(sandbox, source, [1, 2, 3])

    assert [(r.status, len(r.outputs), len(r.log), len(r.plots)) for r in results] == [
        ("ok", 100, 500, 1)
    ] * 3


def test_contexts_keep_their_answers_clocks_and_seeds_apart(sandbox: Sandbox) -> None:
    source = (
        "result = [get_metric('x'), get_timestamp(), float(np.random.normal()), context['tag']]"
    )
    contexts = [
        {"timestamp": f"2026-01-0{n}T00:00:00+00:00", "seed": n, "tag": f"t{n}"} for n in (1, 2, 3)
    ]

    def answerer(n: int) -> Any:
        from execution.sandbox.reads import JsonValue

        return lambda request: JsonValue(value=n)

    results = sandbox.run_batch(
        source, contexts=contexts, limits=_LIMITS, answer_reads=[answerer(n) for n in (1, 2, 3)]
    )

    together = [result.outputs[0]["value"] for result in results]
    alone = [
        sandbox.run(source, context=dict(context), limits=_LIMITS, answer_read=answerer(n))
        for n, context in enumerate(contexts, 1)
    ]
    assert together == [result.outputs[0]["value"] for result in alone]
    assert [value[0] for value in together] == [1, 2, 3]


def test_a_strategy_runs_for_every_context(sandbox: Sandbox) -> None:
    source = """
def strategy(data):
    return "BUY" if params["n"] % 2 else "SELL"
"""

    results = _run_batch(sandbox, source, [1, 2, 3])

    assert [result.outputs[0]["value"] for result in results] == ["BUY", "SELL", "BUY"]


# --- nothing leaks from one context to the next ---------------------------------------------------

# Each changes something (`leave`) and looks for what another context changed (`seen`).
LEAKS = {
    "a global name": """
try:
    seen = secret
except NameError:
    seen = None
secret = mark
""",
    "an attribute of a class of its own": """
class Store:
    kept = []
seen = list(Store.kept)
Store.kept.append(mark)
""",
    "a default argument": """
def remember(item, items=[]):
    items.append(item)
    return list(items)
seen = remember(mark)[:-1]
""",
    "the context and its params": """
seen = [context.get("mark"), params.get("mark")]
context["mark"] = params["mark"] = mark
""",
    "a cached function": """
import functools
calls = []
@functools.lru_cache(maxsize=None)
def cached(x):
    calls.append(x)
    return mark
cached(1)
seen = [cached(1) == mark, len(calls)]
""",
    "the seed of chance": """
import random
seen = [float(np.random.normal()), random.random(), float(np.random.default_rng().normal()),
        float(data["close"].sample(1).iloc[0])]
np.random.seed(n)
random.random()
np.random.normal(size=n)
""",
    "how numpy treats errors": """
def hold():
    with np.errstate(all="raise"):
        yield 1
try:
    np.log(np.zeros(1))
    seen = None
except FloatingPointError:
    seen = "raised"
holder = hold()
next(holder)
""",
    "the table it was given": """
seen = [float(data["close"].max()) > 1000, data.index.name, list(data.columns)]
data.loc[:, "close"] = 5000.0
data["mine"] = mark
data.index.name = mark
""",
    "the values of an index": """
seen = [str(data.index[0]), int(data.index.values[0].astype("int64"))]
try:
    data.index.values[:] = data.index.values[::-1]
except ValueError:
    pass
""",
    "an indicator's table": """
seen = sorted(data.columns)
data.ta.rsi(append=True)
data.ta.macd(append=True)
""",
    "an exception that was raised": """
try:
    seen = stored.args
except NameError:
    seen = None
try:
    raise ValueError(mark)
except ValueError as fault:
    stored = fault
""",
    "an alias of a type": """
from typing import Optional
class Always:
    def __init__(self, text):
        self.text = text
    def __eq__(self, other):
        return True
    def __hash__(self):
        return 7
    def __call__(self):
        return None
    def __repr__(self):
        return self.text
seen = str(Optional[Always(mark)])
""",
    "a module": """
seen = []
for module in (np, pd, math, json, np.random, ta):
    try:
        module.mark = mark
        seen.append("assigned")
    except (AttributeError, TypeError):
        seen.append(None)
""",
    "the time it has slept": """
import time
time.sleep(0.8)
seen = "awake"
""",
    "a function of a library": """
import functools
seen = [str(function).split(" at ")[0] for function in (np.polyfit, pd.cut, sorted, log)]
for function in (np.polyfit, pd.cut, sorted, log):
    def own(*_):
        pass
    try:
        functools.wraps(own)(function)
    except (AttributeError, TypeError):
        pass
""",
    "a class of a library": """
from dataclasses import dataclass
from functools import total_ordering
import collections
seen = [str(collections.Counter("aab")), collections.Counter("a") == collections.Counter("a")]
for kind in (collections.Counter, collections.deque, pd.Series, pd.Timedelta):
    for change in (dataclass, total_ordering):
        try:
            change(kind)
        except (AttributeError, TypeError, ValueError):
            pass
""",
    "an abstract class": """
from collections.abc import Mapping
class Own:
    pass
seen = isinstance(Own(), Mapping)
try:
    Mapping.register(Own)
except AttributeError:
    pass
""",
    "a built-in": """
seen = len([1, 2])
len = lambda x: 99
""",
    "a function of the interface": """
seen = str(log)[:13]
log = emit_signal
""",
}

_FRAME = """
n = params["n"]
mark = f"mark-{{n}}"
data = get_market_data(bars=60)
{leak}
result = {{"value": seen}}
"""


@pytest.mark.parametrize("name", sorted(LEAKS))
def test_nothing_leaks_from_one_context_to_the_next(name: str, sandbox: Sandbox) -> None:
    source = _FRAME.format(leak=LEAKS[name])

    alone = [_run_batch(sandbox, source, [n])[0] for n in (1, 2)]
    there = _run_batch(sandbox, source, [1, 2])
    back = _run_batch(sandbox, source, [2, 1])

    for result in (*alone, *there, *back):
        assert result.status == "ok", result.error
    seen = [result.outputs[0] for result in alone]
    assert [result.outputs[0] for result in there] == seen
    assert [result.outputs[0] for result in back] == seen[::-1]


def test_what_numpy_keeps_for_a_thread_begins_anew_for_every_context(kernel_only: Sandbox) -> None:
    source = """
import numpy as np
result = np.geterr()["divide"]
np.seterr(all="raise")
"""

    results = _run_batch(kernel_only, source, [1, 2])

    assert [result.outputs[0]["value"] for result in results] == ["warn", "warn"]


def test_code_that_outlives_its_context_cannot_speak_for_the_next(sandbox: Sandbox) -> None:
    source = """
def linger():
    try:
        yield 1
    finally:
        log("from", params["n"])
        emit_signal({"value": "from the one before"})
held = linger()
next(held)
class Cycle:
    pass
cycle = Cycle()
cycle.itself, cycle.held = cycle, held
result = params["n"]
"""

    results = _run_batch(sandbox, source, [1, 2, 3])

    assert [[output["value"] for output in result.outputs] for result in results] == [
        [1],
        [2],
        [3],
    ]
    assert [result.log for result in results] == [[], [], []]


def test_hidden_state_of_a_strategy_is_not_shared(sandbox: Sandbox) -> None:
    source = """
position = [0]
def strategy(data):
    position[0] += 1
    return "BUY" if position[0] <= 451 else "SELL"
"""

    results = _run_batch(sandbox, source, [1, 2, 3], every_row=True)

    assert [[output["value"] for output in result.outputs] for result in results] == [["BUY"]] * 3
