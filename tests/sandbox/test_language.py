"""What scripts may write: ordinary Python works, and gives what it gives anywhere."""

import pytest

from tests.sandbox.conftest import Runner
from tests.sandbox.language_cases import LIBRARIES, SYNTAX

pytestmark = pytest.mark.sandbox

CLOCK = "2020-02-29T23:59:00+00:00"


def _evaluate(run: Runner, source: str) -> object:
    result = run(source, timestamp=CLOCK)
    assert result.status == "ok", result.error
    return result.outputs[-1]


@pytest.mark.parametrize("name", [*SYNTAX, *LIBRARIES])
def test_ordinary_python_gives_what_it_gives_anywhere(name: str, run: Runner) -> None:
    source, expected = (SYNTAX | LIBRARIES)[name]

    # A list is the value of the output as it stands.
    assert _evaluate(run, f"{source}\nresult = {{'value': result}}") == {
        "value": expected,
        "timestamp": CLOCK,
        "metadata": {},
    }


@pytest.mark.parametrize(
    "expression",
    [
        'pd.Timestamp("now")',
        'pd.Timestamp("today")',
        "pd.Timestamp.now()",
        "pd.Timestamp.today()",
        'pd.to_datetime("now")',
        'pd.to_datetime(["today"])[0]',
        'pd.DatetimeIndex(["now"])[0]',
        'pd.date_range(end="now", periods=2)[1]',
        'pd.Series(pd.to_datetime([None, "2020-01-01"])).fillna("now").iloc[0]',
        'pd.Timestamp("23:59")',
        'pd.to_datetime("23:59")',
        "datetime.datetime.now()",
        "datetime.datetime.today()",
        "datetime.datetime.utcnow()",
        "datetime.datetime.fromtimestamp(time.time())",
        "datetime.datetime(*time.localtime()[:6])",
    ],
)
def test_every_way_to_ask_for_the_time_gives_the_runs(expression: str, run: Runner) -> None:
    output = _evaluate(run, f"result = {{'value': pd.Timestamp({expression}).isoformat()}}")

    assert output == {"value": "2020-02-29T23:59:00", "timestamp": CLOCK, "metadata": {}}


@pytest.mark.parametrize(
    "expression",
    [
        'np.datetime64("now")',
        'np.datetime64("today", "D")',
        'np.array(["now"], dtype="datetime64[s]")',
        'np.array([" Now "]).astype("datetime64[s]")',
        'np.full(2, "today", dtype="datetime64[D]")',
        'np.arange("now", "2030-01-01", dtype="datetime64[D]")',
        'np.zeros(1, "datetime64[s]").fill("now")',
        'np.zeros(1, "datetime64[s]").put(0, "now")',
        'np.busday_count("today", "2030-01-01")',
        'pd.Series(["now"]).astype("datetime64[ns]")',
    ],
)
def test_what_only_numpys_own_clock_could_answer_is_refused(expression: str, run: Runner) -> None:
    result = run(f"result = {expression}")

    assert result.error is not None
    assert "would be the machine's clock; use pd.Timestamp" in result.error.message


def test_an_item_of_an_array_of_instants_cannot_be_the_machines_time(run: Runner) -> None:
    result = run("a = np.zeros(1, 'datetime64[s]')\na[0] = 'now'")

    assert result.error is not None
    assert "would be the machine's clock" in result.error.message


def test_a_run_may_sleep_a_second_in_all_which_takes_no_time(run: Runner) -> None:
    result = run("import time\nfor _ in range(4):\n    time.sleep(0.25)\ntime.sleep(0.1)")

    assert result.usage.duration_ms < 1000
    assert result.error is not None
    assert result.error.line == 4
    assert "time.sleep() is limited to 1 s in a whole run" in result.error.message


def test_chance_is_the_same_for_the_same_seed_wherever_it_comes_from(run: Runner) -> None:
    source = """
import random
result = {"value": [random.random(), random.Random().random(), float(np.random.normal()),
          float(np.random.default_rng().normal()), float(np.random.RandomState().normal()),
          pd.Series(range(100)).sample(3).tolist(), hash("text"), list({"a", "b", "c"})]}
"""

    assert run(source, seed=3).outputs == run(source, seed=3).outputs
    assert run(source, seed=3).outputs != run(source, seed=4).outputs


ERRORS = [
    ("import os", "import os is not available; a script reads data with get_market_data()"),
    ("import pands", "did you mean 'pandas'?"),
    ("from math import sqrtt", "the module math has no 'sqrtt' that a script may use; did you"),
    ("from math import *", "name what you import"),
    ("import numpy as np\nnp.load('x')", "numpy has no 'load' that a script may use; a script rea"),
    ("pd.read_csv('x')", "pandas has no 'read_csv' that a script may use; a script reads data wi"),
    ("pd.DataFrame().to_csv('x')", "has no 'to_csv' that a script may use; return values with em"),
    ("pd.DataFrame().query('a > 1')", "select rows by a condition"),
    ("pd.DataFrame().rollling(3)", "has no 'rollling' that a script may use; did you mean 'rollin"),
    ("pd.Series([1]).apply('to_csv')", "'to_csv' is not a reduction a script may name; use a fun"),
    ("df = pd.DataFrame({'a': [1]})\ndf.b = 2", 'write df["b"] = …'),
    ("data = get_market_data()\ndata.ta.rsii()", "data.ta has no 'rsii' that a script may use; di"),
    ("async def f():\n    pass", "async functions are not available; the platform runs one script"),
    ("async def f():\n    await x", "async functions are not available"),
    ("[x async for x in y]", "a comprehension with async is not available"),
    ("try:\n    pass\nexcept* ValueError:\n    pass", "except* is not available; write except"),
    ("exec('x')", "exec() is not available; write the statements themselves"),
    ("x = open('x')", "open() is not available; a script reads data with get_market_data()"),
    ("type('X', (), {})", "type() with three arguments is not available; write a class"),
    ("type(log)", "type() of function is not available; compare with isinstance()"),
    ("x = ().__class__.__bases__", "attributes may not begin with two underscores: __bases__"),
    ("_getattr_ = 1", "_getattr_ is a name of the platform; choose another name"),
    ("class A(metaclass=type):\n    pass", "class keywords are not available"),
    ("class A:\n    def __reduce__(self):\n        pass", "a class may not define __reduce__"),
    ("class A(int):\n    pass", "a script's class cannot derive from int; keep an object of it"),
    ("'{0.__class__}'.format(1)", "a template may not name the attribute '__class__'"),
    ("pd.Series.agg", "Series has no 'agg' that a script may use"),
    ("match 1:\n    case int(real=x):\n        pass", "a pattern cannot look into int"),
    ("import time\ntime.sleep(-1)", "sleep length must be non-negative"),
    ("from zoneinfo import ZoneInfo\nZoneInfo('Mars/Base')", "the time zone 'Mars/Base' is not"),
    ("np.seterr(all='raise')", "write `with np.errstate(...)` instead"),
]


@pytest.mark.parametrize(("source", "expected"), ERRORS, ids=[source for source, _ in ERRORS])
def test_a_refusal_names_the_scripts_own_line_and_says_what_to_write(
    source: str, expected: str, run: Runner
) -> None:
    result = run(f"first = 1\n{source}")

    assert result.error is not None
    assert expected in result.error.message
    assert result.error.line in (2, 3, 4)


def test_an_error_repeats_only_so_much_of_the_script(run: Runner) -> None:
    for source in (f"import {'x' * 9000}", f"log.{'y' * 9000}", f"a.__{'z' * 9000}__"):
        result = run(source)

        assert result.error is not None
        assert len(result.error.message) < 400


def test_an_attribute_that_is_missing_reads_as_python_says(run: Runner) -> None:
    result = run("class A:\n    pass\nA().position")

    assert result.error is not None
    assert result.error.type == "AttributeError"
    assert result.error.message == "'A' object has no attribute 'position'"
