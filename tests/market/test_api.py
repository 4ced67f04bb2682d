"""Ticks and bars over HTTP: what is accepted, what is told, and what is refused and not kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services.api_keys import issue_api_key
from common.clock import utc_now
from market.models import Bar, Tick
from tests.market.prices import make_instrument
from tests.problems import as_user, assert_problem

TICKS, BARS = "/api/v2/market/ticks", "/api/v2/market/bars"
TICK: dict[str, Any] = {
    "instrument": "AAPL",
    "at": "2026-01-05T09:00:00Z",
    "event_id": "1",
    "price": 10.5,
}
BAR: dict[str, Any] = {
    "instrument": "AAPL",
    "timeframe": "1m",
    "opened_at": "2026-01-05T09:00:00Z",
    "open": 10,
    "high": 11,
    "low": 9,
    "close": 10.5,
    "volume": 100,
}

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("platform_house")]


def post(user: User, path: str, body: Any, **headers: str) -> Any:
    """Send JSON as somebody; what no text has is escaped."""
    content = json.dumps(body)
    return as_user(user).post(path, content, content_type="application/json", headers=headers)


@pytest.fixture(autouse=True)
def aapl(db: None) -> None:
    make_instrument("AAPL")


def test_one_tick_is_recorded(olga: User) -> None:
    reply = post(olga, TICKS, TICK)

    assert reply.json() == {
        "accepted": 1, "duplicates": 0, "flagged": {}, "remarks": {}, "rows": [],
    }  # fmt: skip
    assert Tick.objects.get().source == "api"


def test_of_many_ticks_it_is_told_row_by_row_what_was_odd(olga: User) -> None:
    ticks = [
        {**TICK, "source": "feed-1"},
        {**TICK, "source": "feed-1"},
        {**TICK, "source": "feed-1", "price": 10.6},
        {**TICK, "source": "feed-1", "event_id": "2", "at": "2026-01-05T08:59:59Z"},
        {"instrument": "AAPL", "at": TICK["at"], "event_id": "3", "bid": 11, "ask": 10},
        {**TICK, "event_id": "4", "at": "2026-01-05T08:57:59Z"},
    ]

    reply = post(olga, TICKS, {"ticks": ticks}).json()

    assert (reply["accepted"], reply["duplicates"]) == (2, 1)
    assert reply["flagged"] == {"changed": 1, "crossed": 1, "late": 1}
    assert reply["rows"] == [
        {"row": 2, "status": "duplicate", "reasons": []},
        {"row": 3, "status": "flagged", "reasons": ["changed"]},
        {"row": 4, "status": "accepted", "reasons": ["out_of_order"]},
        {"row": 5, "status": "flagged", "reasons": ["crossed"]},
        {"row": 6, "status": "flagged", "reasons": ["late"]},
    ]


def test_a_request_that_is_repeated_under_its_key_answers_the_same(olga: User) -> None:
    first, again = (post(olga, TICKS, TICK, **{"Idempotency-Key": "k"}) for _ in range(2))

    assert first.json()["accepted"] == again.json()["accepted"] == 1
    assert again["Idempotency-Replayed"] == "true"
    assert post(olga, TICKS, TICK).json()["duplicates"] == 1


def test_bars_are_recorded_and_gaps_before_them_told(olga: User) -> None:
    bars = [{**BAR, "opened_at": f"2026-01-05T15:{minute:02}:00Z"} for minute in (0, 1, 5)]
    assert post(olga, BARS, bars[0]).json() == {"accepted": 1, "duplicates": 0, "gaps": []}

    reply = post(olga, BARS, {"bars": bars}).json()

    assert (reply["accepted"], reply["duplicates"]) == (2, 1)
    assert reply["gaps"] == [
        {
            "instrument": "AAPL",
            "timeframe": "1m",
            "after": "2026-01-05T15:02:00Z",
            "until": "2026-01-05T15:05:00Z",
            "missing": 3,
        }
    ]


def test_a_bar_with_other_numbers_is_refused(olga: User) -> None:
    post(olga, BARS, BAR)

    assert_problem(post(olga, BARS, {**BAR, "close": 10.6}), 409, "bar_revised")
    assert Bar.objects.get().close == 10.5


@pytest.mark.parametrize(
    ("path", "body", "status", "code", "field"),
    [
        (TICKS, [], 422, "invalid_input", "ticks"),
        (TICKS, "x", 422, "invalid_input", "ticks"),
        (TICKS, {"ticks": []}, 422, "invalid_input", "ticks"),
        (TICKS, {"ticks": {}}, 422, "invalid_input", "ticks"),
        (TICKS, {"ticks": [TICK], "more": 1}, 422, "invalid_input", "ticks"),
        (TICKS, {"ticks": [TICK, 1]}, 422, "tick_refused", "ticks.2.row"),
        (TICKS, {"ticks": [TICK] * 5001}, 413, "too_many_rows", "ticks"),
        (TICKS, {}, 422, "tick_refused", "ticks.1.instrument"),
        (TICKS, {**TICK, "colour": 1}, 422, "tick_refused", "ticks.1.colour"),
        (TICKS, {**TICK, "instrument": 1}, 422, "tick_refused", "ticks.1.instrument"),
        (TICKS, {**TICK, "instrument": "a\x00b"}, 422, "tick_refused", "ticks.1.instrument"),
        (TICKS, {**TICK, "instrument": "NOPE"}, 422, "unknown_instrument", "instrument"),
        (TICKS, {**TICK, "event_id": "\ud800"}, 422, "tick_refused", "ticks.1.event_id"),
        (TICKS, {**TICK, "event_id": 7}, 422, "tick_refused", "ticks.1.event_id"),
        (TICKS, {**TICK, "at": "2026-01-05T09:00:00"}, 422, "tick_refused", "ticks.1.at"),
        (TICKS, {**TICK, "at": "soon"}, 422, "tick_refused", "ticks.1.at"),
        (TICKS, {**TICK, "at": "0001-01-01T00:00:00+14:00"}, 422, "tick_refused", "ticks.1.at"),
        (TICKS, {**TICK, "at": 1767603600}, 422, "tick_refused", "ticks.1.at"),
        (TICKS, {**TICK, "price": True}, 422, "tick_refused", "ticks.1.price"),
        (TICKS, {**TICK, "price": "ten"}, 422, "tick_refused", "ticks.1.price"),
        (TICKS, {**TICK, "price": 10**400}, 422, "tick_refused", "ticks.1.price"),
        (TICKS, {**TICK, "price": [1]}, 422, "tick_refused", "ticks.1.price"),
        (TICKS, {**TICK, "price": None}, 422, "tick_refused", "ticks.1.price"),
        (TICKS, {**TICK, "sequence": 1.5}, 422, "tick_refused", "ticks.1.sequence"),
        (TICKS, {**TICK, "sequence": 10**30}, 422, "tick_refused", "ticks.1.sequence"),
        (TICKS, {**TICK, "source": "No Such"}, 422, "tick_refused", "ticks.1.source"),
        (BARS, {"bars": []}, 422, "invalid_input", "bars"),
        (BARS, {**BAR, "high": 10.2}, 422, "bar_refused", "bars.1.high"),
        (BARS, {"bars": [BAR, {**BAR, "low": -1}]}, 422, "bar_refused", "bars.2.low"),
        (BARS, {**BAR, "timeframe": "7x"}, 422, "bar_refused", "bars.1.timeframe"),
        (BARS, {**BAR, "opened_at": "2026-01-05T09:00:01Z"}, 422, "bar_refused", None),
        (BARS, {**BAR, "opened_at": "2100-01-05T09:00:00Z"}, 422, "bar_refused", None),
        (BARS, {**BAR, "opened_at": "9999-12-31T23:59:00Z"}, 422, "bar_refused", None),
        (BARS, {**BAR, "volume": None}, 422, "bar_refused", "bars.1.volume"),
        (BARS, {**BAR, "instrument": "NOPE"}, 422, "unknown_instrument", "instrument"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_kept(
    olga: User, path: str, body: Any, status: int, code: str, field: str | None
) -> None:
    assert_problem(post(olga, path, body), status, code, field)

    assert not Tick.objects.exists()
    assert not Bar.objects.exists()


@pytest.mark.parametrize("path", [TICKS, BARS])
def test_other_roles_bring_no_prices_in(path: str, ada: User, sam: User, api: APIClient) -> None:
    for user in (ada, sam):
        assert_problem(post(user, path, {}), 403, "platform_operator_required")
    assert api.post(path, {}, format="json").status_code == 401


def test_a_feeds_key_is_for_prices_alone(olga: User, api: APIClient) -> None:
    _, key = issue_api_key(
        olga, name="feed", given_scopes=["market:write"], acting_user=olga, now=utc_now()
    )
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")

    assert api.post(TICKS, TICK, format="json").status_code == 200
    assert_problem(api.get("/scripts"), 403, "scope_required")


def test_hours_of_a_session_are_taken_and_others_refused(olga: User) -> None:
    hour = {**BAR, "timeframe": "1h", "opened_at": "2026-01-05T20:30:00Z"}

    taken = post(olga, BARS, hour)
    refused = post(olga, BARS, {**hour, "opened_at": "2026-01-05T15:00:00Z"})

    assert taken.json()["accepted"] == 1
    assert Bar.objects.get().closes_at.isoformat() == "2026-01-05T21:00:00+00:00"
    assert_problem(refused, 422, "bar_refused")
    assert "that one opened at 2026-01-05T14:30:00" in refused.json()["detail"]


CORRECTIONS = "/api/v2/market/corrections"


def test_a_recorded_bar_is_corrected_with_a_reason(olga: User) -> None:
    post(olga, BARS, BAR)
    better = {**BAR, "close": 10.75}
    refused = post(olga, BARS, better)
    assert_problem(refused, 409, "bar_revised")

    reply = post(olga, CORRECTIONS, {"bars": [better], "reason": "misprint"})

    assert reply.status_code == 200
    (corrected,) = reply.json()["bars"]
    assert (corrected["instrument"], corrected["opened_at"]) == ("AAPL", BAR["opened_at"])
    assert Bar.objects.get(timeframe="1m").close == 10.75


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"bars": []}, 422, "bar_refused"),
        ({"bars": "x"}, 422, "bar_refused"),
        ({"bars": [{**BAR, "close": 99}]}, 422, "bar_refused"),
        ({"bars": [{**BAR, "opened_at": "2026-01-05T09:01:00Z"}]}, 404, "no_such_bar"),
        ({"reason": None}, 422, "correction_not_usable"),
        ({"reason": "\u0000"}, 422, "correction_not_usable"),
        ({"known_at": "2200-01-01T00:00:00Z"}, 422, "correction_in_the_future"),
        ({"known_at": "2026-01-05T09:00:30Z"}, 422, "correction_too_early"),
        ({"known_at": "0001-01-01T00:00:00+14:00"}, 422, "naive_instant"),
        ({"known_at": 5}, 422, "naive_instant"),
        ({"more": 1}, 422, "correction_not_usable"),
    ],
)
def test_what_is_no_correction_is_refused(
    olga: User, changes: dict[str, Any], status: int, code: str
) -> None:
    post(olga, BARS, BAR)

    reply = post(olga, CORRECTIONS, {"bars": [BAR], "reason": "x", **changes})

    assert_problem(reply, status, code)


def test_nobody_but_an_operator_corrects_bars(ada: User) -> None:
    refused = post(ada, CORRECTIONS, {"bars": [BAR], "reason": "x"})

    assert_problem(refused, 403, "platform_operator_required")
