"""Every operation of the API, as everybody, about things of both houses and of nobody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from signalhub import policies
from signalhub.policies import Policy
from signalhub.route_policies import API
from tests.api.parts import SERVICE, Scenario
from tests.api.scenarios import SCENARIOS
from tests.matrix.asking import (
    CHARACTERS,
    FORBIDDEN,
    OPERATE_PLATFORM,
    PASSED,
    Asking,
    Request,
    differences,
    expected,
    forbidden_words,
    request_of,
    whoses,
    words_shown,
)
from tests.matrix.houses import Houses

pytestmark = pytest.mark.django_db

# Whom an operation is about, where that is not who its scenario has doing it.
ABOUT = {"GET /scripts/{script_id}/access": "subscriber"}
# Their own tests ask for these: producers sign, a file is no JSON, and another marketplace is not
# there.
ASKED_ELSEWHERE = {
    "POST /api/v1/signals",
    "POST /api/v1/signals/from/{producer_id}",
    "POST /api/v2/signals",
    "POST /api/v2/market/uploads",
    "POST /api/v2/remote-products",
    "GET /api/schema",
    "GET /metrics",
}


# What these answer is measured at the moment: no example of it stands in the document.
MEASURED = [Scenario(operation="GET /api/v2/admin/scaling", who="olga")]
ASKED = [*SCENARIOS, *MEASURED]


@pytest.fixture
def asking(houses: Houses) -> Asking:
    return Asking(houses)


def test_every_operation_of_the_table_is_asked_for() -> None:
    asked = {scenario.operation for scenario in ASKED}

    assert set(API) - asked == ASKED_ELSEWHERE
    assert asked - set(API) == set()


def test_every_operation_answers_everybody_as_its_policy_says(asking: Asking) -> None:
    objections: list[str] = []
    for scenario in ASKED:
        # Made once: some need a key or a token of their own.
        requests = {
            whose: request_of(scenario, asking.houses, whose)
            for whose in ("own", "foreign", "nobody")
        }
        for who in asking.houses.people:
            objections += _objections(asking, scenario, requests, who)

    assert not objections, "\n".join(objections)


def test_who_operates_the_platform_does_alone_what_concerns_every_house(
    asking: Asking, settings: Settings
) -> None:
    settings.PLATFORM_HOUSE = "alpha-desk"
    theirs = [one for one in ASKED if API[one.operation] is policies.OPERATES_PLATFORM]
    objections = []
    for scenario in theirs:
        for who in asking.houses.people.keys() - {"anonymous"}:
            answer = asking.ask(who, request_of(scenario, asking.houses, "own"))
            outcome = answer.outcome
            if outcome == FORBIDDEN and "platform_operator_required" not in answer.text:
                outcome = "forbidden for another reason"
            if outcome != (PASSED if who in OPERATE_PLATFORM else FORBIDDEN):
                objections.append(f"{scenario.operation} as {who}: {outcome} {answer.text[:200]}")

    assert {one.operation.rpartition("/")[2] for one in theirs} == {"ticks", "bars", "corrections"}
    assert not objections, "\n".join(objections)


def _objections(
    asking: Asking, scenario: Scenario, requests: dict[str, Request], who: str
) -> Iterator[str]:
    policy = API[scenario.operation]
    answers = {}
    for whose in whoses(policy, who):
        answer = asking.ask(who, requests[whose])
        answers[whose] = answer
        wanted = _wanted(asking, scenario, policy, who, whose)
        where = f"{scenario.operation} as {who}, {whose}"
        if answer.outcome != wanted:
            yield f"{where}: {answer.outcome}, not {wanted}: {answer.status} {answer.text[:200]}"
        yield from words_shown(where, answer, forbidden_words(who, policy))
    yield from differences(f"{scenario.operation} as {who}", answers)


def _wanted(asking: Asking, scenario: Scenario, policy: Policy, who: str, whose: str) -> str:
    if scenario.who == SERVICE:
        return FORBIDDEN
    owner = ABOUT.get(scenario.operation) or CHARACTERS.get(scenario.who)
    named = scenario.path(asking.houses.own).get("script_id")
    granted = named in (None, asking.houses.own.scripts["published"].pk)
    return expected(policy, who, whose, owner=owner, granted=granted)
