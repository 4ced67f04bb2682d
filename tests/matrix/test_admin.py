"""Every page and every action of the admin, as everybody, about rows of both houses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import pytest
from pytest_django import Settings

from signalhub import policies
from signalhub.policies import Policy, Who
from signalhub.routes import Route, routes
from tests.matrix.asking import (
    ELSEWHERE,
    FORBIDDEN,
    HIDDEN,
    OPERATE_PLATFORM,
    PASSED,
    Answer,
    Asking,
    Request,
    differences,
    forbidden_words,
    relations_of,
    words_shown,
)
from tests.matrix.houses import Houses

pytestmark = pytest.mark.django_db

# Not the buyer nor the colleague: to the admin they are outsider and subscriber. Whoever is not
# signed in is asked for in tests/architecture/test_routes.py.
STAFF = ("outsider", "subscriber", "author", "reviewer", "operator", "administrator")
# They have no house, and so no role in one: they are asked for where only they are let in.
SUPERUSER = frozenset({Who.SUPERUSER})
# The pages that Django makes alike for every model: an administrator is there as an operator is.
OF_EVERY_MODEL = re.compile(r"_(change|add|delete)$")
# Django's own and the queue's pages have no rows of a house, and none at all here.
WITHOUT_ROWS = ("/admin/auth/", "/admin/django_q/")
# The rows of the world are in the state that these actions are for: they must have an effect.
ACTS = {
    "registry_entitlement_action_revoke",
    "registry_product_action_retire",
    "ingest_producer_action_rotate",
    "ingest_signal_action_queue",
    "market_replayfeed_action_pause",
}
NOT_OFFERED = "No action selected."
# Answered by other means than whom they are asked by; each has tests of its own.
PARTICULAR = {
    "admin:login",
    "admin:logout",
    "admin:autocomplete",
    "admin:jsi18n",
    "admin:view_on_site",
    "admin:app_list",
    "django.contrib.admin.sites.AdminSite.catch_all_view",
}


@pytest.fixture
def asking(houses: Houses) -> Asking:
    return Asking(houses)


@cache
def admin_routes() -> tuple[Route, ...]:
    return tuple(
        route
        for route in routes()
        if route.path.startswith("/admin/")
        and route.name not in PARTICULAR
        and not route.name.endswith(("RedirectView", "catch_all_view"))
    )


def pages() -> list[Route]:
    """Return every page; what is sent to a list are its actions."""
    return [
        route
        for route in admin_routes()
        if "?action=" not in route.path
        and not (route.method == "POST" and route.name.endswith("_changelist"))
    ]


def actions() -> list[Route]:
    return [route for route in admin_routes() if "?action=" in route.path]


def test_every_page_of_the_admin_answers_everybody_as_its_policy_says(asking: Asking) -> None:
    objections = [
        objection
        for route in pages()
        for who in _who_asks(route)
        for objection in _objections_to_page(asking, route, who)
    ]

    assert len(pages()) > 150
    assert not objections, "\n".join(objections)


def test_every_action_of_the_admin_is_done_for_those_of_its_policy(asking: Asking) -> None:
    objections = [
        objection
        for route in actions()
        for who in _who_asks(route)
        for objection in _objections_to_action(asking, route, who)
    ]

    assert {route.name.removeprefix("admin:") for route in actions()} >= ACTS
    assert not objections, "\n".join(objections)


def test_who_operates_the_platform_does_alone_what_concerns_every_house(
    asking: Asking, settings: Settings
) -> None:
    settings.PLATFORM_HOUSE = "alpha-desk"
    theirs = [route for route in admin_routes() if route.policy is policies.OF_THE_PLATFORM]
    objections = []
    for route in theirs:
        for who in (*STAFF, "superuser"):
            answer = _done(asking, route, who)
            if _is_let_past(route, answer) is not (who in OPERATE_PLATFORM) or (
                answer.recorded and who not in OPERATE_PLATFORM
            ):
                objections.append(f"{route.method} {route.path} as {who}: {answer.status}")

    assert {route.name.removeprefix("admin:") for route in theirs} >= {
        "accounts_tier_add",
        "accounts_tier_change",
        "market_upload_add",
        "market_listedbar_action_correct",
        "market_replayfeed_action_pause",
    }
    assert not objections, "\n".join(objections)


def _done(asking: Asking, route: Route, who: str) -> Answer:
    """Ask for a page, or for an action on a row of the own house."""
    if "?action=" in route.path:
        return _chosen(asking, route, who, "own")
    form: dict[str, str] | None = {} if route.method == "POST" else None
    return asking.ask(who, Request(route.method, asking.fill(route.path, "own"), form=form))


def _is_let_past(route: Route, answer: Answer) -> bool:
    if "?action=" not in route.path:
        return answer.status < 400
    # Bars are asked about on a page of their own; a list without actions says nothing at all.
    return answer.status == 422 or (bool(answer.said) and NOT_OFFERED not in answer.said)


def _who_asks(route: Route) -> tuple[str, ...]:
    """Return who asks: where nobody is let in, and where there are no rows, fewer do."""
    if route.path.startswith(WITHOUT_ROWS) or not route.policy.admits:
        return ("operator", "superuser") if route.policy.admits >= SUPERUSER else ("operator",)
    if route.name.endswith("_history"):
        return ("outsider", "subscriber", "operator")
    if route.policy.admits == SUPERUSER:
        return ("subscriber", "operator", "administrator", "superuser")
    if OF_EVERY_MODEL.search(route.name):
        return STAFF[:-1]
    return STAFF


def _whoses(route: Route, who: str) -> tuple[str, ...]:
    """Return of whom things are asked for; without the role it does not come to the thing."""
    compares = _has_role(route.policy, who) and not route.path.startswith(WITHOUT_ROWS)
    if who == "superuser" or not compares or not route.parameters:
        return ("own",)
    return ("own", "foreign", "nobody")


def _objections_to_page(asking: Asking, route: Route, who: str) -> Iterator[str]:
    answers = {}
    for whose in _whoses(route, who):
        form: dict[str, str] | None = {} if route.method == "POST" else None
        answer = asking.ask(who, Request(route.method, asking.fill(route.path, whose), form=form))
        answers[whose] = answer
        where = f"{route.method} {route.path} as {who}, {whose}"
        wanted = _wanted(route, who, whose)
        if answer.outcome not in wanted:
            yield f"{where}: {answer.outcome}, not {wanted}: {answer.status} {answer.said}"
        if wanted != {PASSED} and answer.recorded:
            yield f"{where}: something was done"
        yield from words_shown(where, answer, forbidden_words(who))
    yield from differences(f"{route.method} {route.path} as {who}", answers)


def _wanted(route: Route, who: str, whose: str) -> set[str]:
    policy = route.policy
    if not _has_role(policy, who):
        return {FORBIDDEN, HIDDEN}
    if policy is policies.ITS_AUTHOR and who != "author":
        return {FORBIDDEN, HIDDEN}
    if not route.parameters or _is_in_reach(policy, who, whose):
        return {HIDDEN} if route.path.startswith(WITHOUT_ROWS) and route.parameters else {PASSED}
    return {HIDDEN}


def _has_role(policy: Policy, who: str) -> bool:
    return bool(relations_of(who, "") & policy.admits)


def _is_in_reach(policy: Policy, who: str, whose: str) -> bool:
    if whose == "nobody":
        return False
    if who == "superuser" or not policy.about_a_thing:
        return True
    return (whose == "foreign") is (who in ELSEWHERE)


def _objections_to_action(asking: Asking, route: Route, who: str) -> Iterator[str]:
    for whose in ("own", "foreign") if _has_role(route.policy, who) else ("own",):
        answer = _chosen(asking, route, who, whose)
        where = f"{route.path} as {who}, {whose}"
        yield from words_shown(where, answer, forbidden_words(who))
        yield from _objections_to_effect(where, answer, route, who, whose)


def _chosen(asking: Asking, route: Route, who: str, whose: str) -> Answer:
    """Choose a row in a list, and an action for it."""
    address, _, action = route.path.partition("?action=")
    _, _, label, model, _ = address.split("/")
    row = asking.houses.things[whose][f"{label}_{model}_id"]
    form = {"action": action, "_selected_action": [str(row)], "index": "0"}
    return asking.ask(who, Request("POST", address, form={**form, "confirmed": "yes"}))


def _objections_to_effect(
    where: str, answer: Answer, route: Route, who: str, whose: str
) -> Iterator[str]:
    is_known = _is_in_reach(policies.staff(thing=True), who, whose)
    # Rows that are of no house are everybody's with the role.
    shared = route.path.startswith(("/admin/market/", "/admin/accounts/tier/"))
    may = _has_role(route.policy, who) and (is_known or shared)
    if not may and answer.recorded:
        yield f"{where}: something was done: {answer.said}"
    if not may:
        return
    if NOT_OFFERED in answer.said:
        yield f"{where}: it is not offered"
    if route.name.removeprefix("admin:") in ACTS and not answer.recorded:
        yield f"{where}: nothing was done: {answer.status} {answer.said}"
