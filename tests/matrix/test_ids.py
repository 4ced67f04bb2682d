"""What the demo says of addresses: an id for each part of a path; foreign ones lead nowhere."""

from __future__ import annotations

import pytest

from signalhub.demo.ids import WORDS, ids
from signalhub.routes import Route, routes
from tests.matrix.asking import HIDDEN, SIGN_IN, Asking, Request
from tests.matrix.houses import Houses

pytestmark = pytest.mark.django_db


@pytest.fixture
def given(houses: Houses) -> dict[str, dict[str, object]]:
    own, foreign = houses.own, houses.foreign
    return ids(
        own.scripts["published"],
        foreign.scripts["published"],
        own.people["sam"],
        foreign.people["sam"],
    )


def about_things() -> list[Route]:
    return [
        route
        for route in routes()
        if route.method == "GET" and set(route.told_parameters) - set(WORDS)
    ]


def test_every_part_of_every_path_has_an_id_of_either_house(
    given: dict[str, dict[str, object]],
) -> None:
    wanted = {name for route in routes() for name in route.told_parameters}

    assert set(given) == wanted
    for name in ("script_id", "product_id", "subscription_id", "execution_id", "whose"):
        assert given[name]["own"] != given[name]["foreign"]


def test_what_is_foreign_is_not_there_for_a_subscriber(
    houses: Houses, given: dict[str, dict[str, object]]
) -> None:
    asking = Asking(houses)
    answers = {
        f"{route.path} as {who}": asking.ask(who, Request("GET", _address(route, given)))
        for route in about_things()
        for who in ("subscriber", "author")
        if not route.name.endswith("RedirectView") and "/admin/" not in route.path
    }

    # An offered product is for everybody; the status of a run says itself that there is none.
    public = ("/api/v2/products/<uuid:product_id>", "/execution/status/", "/marketplace/products/")
    seen = [name for name, answer in answers.items() if answer.status in (200, 204, 302)]
    outcomes = [answer.outcome for answer in answers.values()]
    assert [name for name in seen if not any(part in name for part in public)] == []
    assert SIGN_IN not in outcomes
    assert outcomes.count(HIDDEN) > 20


def _address(route: Route, given: dict[str, dict[str, object]]) -> str:
    address = route.told_path
    for name in route.told_parameters:
        value = WORDS.get(name, given[name]["foreign"])
        for converter in ("uuid", "str", "int", "path", "slug"):
            address = address.replace(f"<{converter}:{name}>", str(value))
    return address
