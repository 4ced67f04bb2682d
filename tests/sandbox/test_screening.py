"""What screening finds in the jail, and what it leaves alone."""

from pathlib import Path
from typing import Any

import pytest

from execution.sandbox import screening, screening_rules
from execution.sandbox.limits import SandboxLimits
from execution.sandbox.protocol import ProtocolViolation
from execution.sandbox.screening import Facts, Finding, parse_screening
from execution.sandbox.screening_rules import FINDINGS_MAXIMUM, RULES
from execution.sandbox.supervisor import Sandbox
from tests.sandbox.screening.examples import EXAMPLES

pytestmark = pytest.mark.sandbox

HERE = Path(__file__).parent
HONEST = sorted([*HERE.glob("honest/*.py"), *HERE.parents[1].glob("registry/examples/*.py")])


def _corpus(name: str) -> list[Any]:
    parts = (HERE / "screening" / f"look_ahead_{name}.txt").read_text().split("#: ")[1:]
    titled = (part.split("\n", 1) for part in parts)
    return [pytest.param(source, id=title.replace(" ", "-")) for title, source in titled]


BIASED, CLEAN = _corpus("biased"), _corpus("clean")


def _rules(findings: list[Finding]) -> set[str]:
    return {finding.rule for finding in findings}


def _serious(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.level != "info"]


@pytest.mark.parametrize("rule", EXAMPLES)
def test_a_rule_finds_what_it_is_about(rule: str, sandbox: Sandbox) -> None:
    found = [each for each in sandbox.screen(EXAMPLES[rule][0]) if each.rule == rule]

    assert found, "nothing was found"
    assert found[0].category == rule.partition(".")[0]
    assert found[0].level in RULES[rule].levels
    assert found[0].message
    assert found[0].fix == RULES[rule].fix


@pytest.mark.parametrize("rule", EXAMPLES)
def test_a_rule_leaves_what_it_is_not_about_alone(rule: str, sandbox: Sandbox) -> None:
    assert rule not in _rules(sandbox.screen(EXAMPLES[rule][1]))


@pytest.mark.parametrize("source", BIASED)
def test_a_look_ahead_is_found(source: str, sandbox: Sandbox) -> None:
    found = [each for each in sandbox.screen(source) if each.category == "look_ahead"]

    assert found
    assert all(each.line for each in found)


@pytest.mark.parametrize("source", CLEAN)
def test_what_looks_back_is_left_alone(source: str, sandbox: Sandbox) -> None:
    assert _serious(sandbox.screen(source)) == []


def test_every_rule_has_examples(sandbox: Sandbox) -> None:
    found = set(EXAMPLES)
    for source in BIASED:
        found |= _rules(sandbox.screen(source.values[0]))

    assert found == set(RULES)


# What honest authors are told nevertheless: some draw what is known only in hindsight (a channel
# through all bars), the others write what looks like it. It is advice, and blocks nothing.
ADVICE = {
    "counters_and_deques": {"look_ahead.following_row"},
    "functools_style": {"obfuscation.nested_lambdas"},
    "macd_with_histogram_plots": {"look_ahead.newest_row"},
    "missing_data": {"look_ahead.backward_fill"},
    "multi_output_signals": {"look_ahead.newest_row"},
    "regression_channel": {
        "look_ahead.newest_row",
        "look_ahead.whole_series",
        "look_ahead.whole_series_fit",
    },
    "walk_forward_statistics": {"look_ahead.following_row"},
}


@pytest.mark.parametrize("path", HONEST, ids=lambda path: path.stem)
def test_an_honest_script_gets_no_advice_but_what_is_known(path: Path, sandbox: Sandbox) -> None:
    found = _rules(_serious(sandbox.screen(path.read_text())))

    assert found == ADVICE.get(path.stem, set())


def test_a_finding_names_its_place_and_the_code_there(sandbox: Sandbox) -> None:
    source = 'x = 1\nresult = get_market_data()["close"].shift(-1)\n'

    [finding] = sandbox.screen(source)

    assert (finding.rule, finding.level) == ("look_ahead.negative_shift", "danger")
    assert (finding.line, finding.column) == (2, 10)
    assert 'get_market_data()["close"].shift(-1)' in finding.message


def test_the_worst_comes_first_and_then_the_order_of_the_lines(sandbox: Sandbox) -> None:
    findings = sandbox.screen("type(1)\nimport os\nasync def f(): pass\nimport sys")

    assert [(each.level, each.line) for each in findings if each.level != "info"] == [
        ("rejected", 3),
        ("danger", 2),
        ("danger", 4),
        ("caution", 1),
    ]


def test_more_findings_than_anybody_reads_are_cut_and_counted(sandbox: Sandbox) -> None:
    findings = sandbox.screen("type(1)\n" * 150)

    assert len(findings) == FINDINGS_MAXIMUM
    assert findings[-1].message == "51 more findings, none of them worse, are not listed"


@pytest.mark.parametrize(
    "source",
    [
        "(" * 5000 + ")" * 5000,
        "x = " + "-" * 100_000 + "1",
        "x = " + "+".join(["a"] * 9000),
        "x" + ".a" * 9000,
        "\0",
        "x = '\ud800'",
        "a0 = 1\n" + "\n".join(f"a{i} = a{i - 1} + a{i - 1}" for i in range(1, 300)),
    ],
    ids=["brackets", "minuses", "sum", "attributes", "nul", "surrogate", "doubling-names"],
)
def test_a_script_made_to_stop_its_reader_gets_an_answer(source: str, sandbox: Sandbox) -> None:
    findings = sandbox.screen(source)

    assert all(finding.message for finding in findings)
    assert sandbox.screen("import os")[0].rule == "imports.dangerous"


def test_a_reader_that_takes_too_long_or_too_much_is_a_finding(sandbox: Sandbox) -> None:
    source = "x = [" + "[1], " * 15_000 + "]"
    no_time = SandboxLimits(wall_seconds=0.01, cpu_seconds=5.0)
    no_memory = SandboxLimits(wall_seconds=5.0, cpu_seconds=5.0, memory_bytes=1)

    for limits in (no_time, no_memory):
        [finding] = sandbox.screen(source, limits=limits)
        assert (finding.rule, finding.level) == ("screening.unreadable", "danger")


def test_a_script_over_the_size_limit_is_a_finding(sandbox: Sandbox) -> None:
    [finding] = sandbox.screen("#" * 300_000)

    assert finding.rule == "screening.unreadable"
    assert "300000 bytes" in finding.message


@pytest.mark.parametrize(
    "said",
    [
        None,
        {},
        [1],
        [{"rule": "invented.rule", "level": "info", "message": "x"}],
        [{"rule": ["imports.dangerous"], "level": "danger", "message": "x"}],
        [{"rule": "imports.dangerous", "level": "info", "message": "x"}],
        [{"rule": "imports.dangerous", "level": "danger", "message": 1}],
        [{"rule": "imports.dangerous", "level": "danger", "message": "x" * 301}],
        [{"rule": "imports.dangerous", "level": "danger", "message": "x", "line": True}],
        [{"rule": "imports.dangerous", "level": "danger", "message": "x", "line": -1}],
        [{"rule": "imports.dangerous", "level": "danger", "message": "x", "line": 10**9}],
        [{"rule": "imports.dangerous", "level": "danger", "message": "x"}] * 101,
    ],
)
def test_a_report_that_no_screener_makes_is_refused(said: Any) -> None:
    with pytest.raises(ProtocolViolation):
        parse_screening({"findings": said, "facts": None})


def test_a_report_cannot_bring_its_own_words_for_a_rule() -> None:
    said = {"rule": "imports.dangerous", "level": "danger", "message": "a\0\ud800"}

    report = {"findings": [{**said, "fix": "nothing", "category": "x"}]}

    [finding] = parse_screening(report).findings

    assert finding.fix == RULES["imports.dangerous"].fix
    assert finding.category == "imports"
    assert finding.message == "a\ufffd?"


def test_what_a_script_uses_is_told_as_facts(sandbox: Sandbox) -> None:
    source = """\
import statistics
from collections import deque
import numpy as numbers

NAME = "pe" + "_ratio"

def compute(data, params):
    prices = get_market_data("NIFTY50", timeframe="5m")
    ratio = get_metric(NAME)
    other = get_script_output(params["of"])
    emit_signal({"value": ta.rsi(data["close"]).iloc[-1]})
    return numbers.log(prices["close"]) * ratio + other["value"]
"""

    facts = sandbox.read(source).facts

    assert facts == Facts(
        modules=["collections", "numpy", "pandas_ta", "statistics"],
        reads=[
            "get_market_data('NIFTY50', '5m')",
            "get_metric('pe_ratio')",
            "get_script_output(…)",
        ],
        functions=[
            "emit_signal",
            "get_market_data",
            "get_metric",
            "get_script_output",
            "numpy.log",
            "pandas_ta.rsi",
        ],
    )


def test_facts_about_a_script_that_cannot_be_read_are_unknown(sandbox: Sandbox) -> None:
    assert sandbox.read("def (:").facts is None
    assert sandbox.read("x = " + "-" * 50_000 + "1").facts is None
    assert sandbox.read("x = 1\n").facts == Facts(modules=[], reads=[], functions=[])


def test_facts_are_few_and_short(sandbox: Sandbox) -> None:
    many = "\n".join(f"get_metric({('m' * 500 + str(n))!r})" for n in range(200))

    facts = sandbox.read(many + "\nget_metric('\\ud800')").facts

    assert facts is not None
    assert len(facts.reads) <= screening_rules.FACTS_MAXIMUM
    assert max(map(len, facts.reads)) == screening_rules.FACT_CHARACTERS


@pytest.mark.parametrize(
    "said",
    [
        [],
        {},
        {"modules": [], "reads": []},
        {"modules": [], "reads": [], "functions": [], "more": []},
        {"modules": "os", "reads": [], "functions": []},
        {"modules": [1], "reads": [], "functions": []},
        {"modules": ["x" * 121], "reads": [], "functions": []},
        {"modules": ["x"] * 101, "reads": [], "functions": []},
    ],
)
def test_facts_that_no_screener_tells_are_refused(said: Any) -> None:
    with pytest.raises(ProtocolViolation):
        parse_screening({"findings": [], "facts": said})


def test_every_rule_belongs_to_a_category_and_has_known_levels() -> None:
    for rule in RULES.values():
        assert rule.category in screening_rules.CATEGORIES
        assert rule.levels
        assert set(rule.levels) <= set(screening_rules.LEVELS)
        assert rule.fix


def test_the_worst_level_of_nothing_is_nothing() -> None:
    caution = screening.make_finding("imports.everything", "x")
    danger = screening.make_finding("imports.dangerous", "x")

    assert screening.worst_level([]) == ""
    assert screening.worst_level([caution, danger, caution]) == "danger"
