"""How closely a version should be looked at."""

from dataclasses import replace

import pytest

from registry.evidence_report import Verdict
from registry.risk import RiskFacts, assess, counted

HARMLESS = RiskFacts(
    worst_level="",
    verdict=Verdict.CLEAN,
    failing_runs=0,
    differs_between_runs=False,
    new_capabilities=0,
    changed_lines=0,
    is_first=False,
    users=0,
    dependents=0,
    days_waiting=0,
)


def test_a_version_that_nothing_speaks_against_has_no_risk() -> None:
    assert assess(HARMLESS).score == 0
    assert assess(HARMLESS).reasons == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"worst_level": "rejected"}, "screening: rejected"),
        ({"worst_level": "danger"}, "screening: danger"),
        ({"worst_level": "caution"}, "screening: caution"),
        ({"worst_level": None}, "not screened yet"),
        ({"verdict": Verdict.LOOKS_AHEAD}, "looks ahead"),
        ({"verdict": Verdict.UNDECIDED}, "look-ahead undecided"),
        ({"verdict": None}, "no evidence yet"),
        ({"failing_runs": 2}, "2 failing test runs"),
        ({"differs_between_runs": True}, "two runs differ"),
        ({"new_capabilities": 1}, "1 new capability"),
        ({"changed_lines": 60}, "60 changed lines"),
        ({"is_first": True}, "first version"),
        ({"users": 1200}, "1,200 users"),
        ({"dependents": 3}, "3 dependent scripts"),
        ({"days_waiting": 1}, "waiting 1 day"),
    ],
)
def test_everything_that_speaks_against_a_version_is_named(
    change: dict[str, object], words: str
) -> None:
    risk = assess(replace(HARMLESS, **change))  # type: ignore[arg-type]

    assert [reason.words for reason in risk.reasons] == [words]
    assert risk.score > 0


def test_the_weightiest_reason_comes_first_and_they_add_up() -> None:
    risk = assess(replace(HARMLESS, worst_level="caution", verdict=Verdict.LOOKS_AHEAD, users=500))

    assert [reason.words for reason in risk.reasons] == [
        "looks ahead",
        "500 users",
        "screening: caution",
    ]
    assert risk.score == sum(reason.points for reason in risk.reasons)


@pytest.mark.parametrize(
    ("harmless", "harmful"),
    [
        ({"worst_level": "info"}, {"worst_level": "caution"}),
        ({"worst_level": "caution"}, {"worst_level": "danger"}),
        ({"worst_level": "danger"}, {"worst_level": "rejected"}),
        ({"verdict": Verdict.UNDECIDED}, {"verdict": Verdict.LOOKS_AHEAD}),
        ({"changed_lines": 10}, {"changed_lines": 300}),
        ({"users": 9}, {"users": 100}),
        ({"days_waiting": 1}, {"days_waiting": 6}),
        ({"new_capabilities": 1}, {"new_capabilities": 3}),
    ],
)
def test_the_worse_weighs_more(harmless: dict[str, object], harmful: dict[str, object]) -> None:
    lighter = assess(replace(HARMLESS, **harmless))  # type: ignore[arg-type]
    heavier = assess(replace(HARMLESS, **harmful))  # type: ignore[arg-type]

    assert heavier.score > lighter.score


def test_waiting_alone_never_outweighs_what_is_dangerous() -> None:
    forgotten = assess(replace(HARMLESS, days_waiting=1000))

    assert forgotten.score < assess(replace(HARMLESS, worst_level="danger")).score


def test_numbers_agree_with_their_nouns() -> None:
    assert counted(0, "user") == "0 users"
    assert counted(1, "capability") == "1 capability"
    assert counted(2, "capability") == "2 capabilities"
