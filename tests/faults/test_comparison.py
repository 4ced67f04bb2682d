"""A fault run is worth what its comparison notices."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from tests.faults.ledger import Ledger, Row, SignedRequest, compare
from tests.faults.plan import LONG_RUN, Fault, make_plan
from tests.faults.publication import examine
from tests.faults.signals import FIRST_TIME

ROW = Row("EURUSD", 0, FIRST_TIME, "a digest")
NOTHING_WRONG = dict.fromkeys(("lost", "changed", "duplicated", "strangers", "id_mismatches"), 0)


@pytest.fixture
def ledger() -> Ledger:
    """Return the ledger of one request that was acknowledged twice."""
    ledger = Ledger()
    request = SignedRequest("sender-0", b"digest", ROW, signed_at=time.monotonic())
    ledger.add(request)
    ledger.note_answer(request, 201, "one", time.monotonic())
    ledger.note_answer(request, 200, "one", time.monotonic())
    return ledger


def test_a_table_that_holds_what_was_acknowledged_is_in_order(ledger: Ledger) -> None:
    verdict = compare(ledger, [("one", b"digest", ROW)])

    assert ledger.acknowledged == 1
    assert verdict.counts() == NOTHING_WRONG


@pytest.mark.parametrize(
    ("stored", "wrong"),
    [
        ([], {"lost": 1, "changed": 1}),
        ([("one", b"digest", replace(ROW, side=1))], {"changed": 1}),
        ([("one", b"digest", ROW), ("two", b"digest", ROW)], {"duplicated": 1}),
        ([("one", b"digest", ROW), ("two", b"other", ROW)], {"strangers": 1}),
        ([("two", b"digest", ROW)], {"lost": 1, "changed": 1}),
    ],
    ids=["lost", "changed", "doubled", "from nowhere", "under another id"],
)
def test_what_is_wrong_with_the_table_is_counted(
    ledger: Ledger, stored: list[tuple[str, bytes, Row]], wrong: dict[str, int]
) -> None:
    assert compare(ledger, stored).counts() == {**NOTHING_WRONG, **wrong}


@pytest.mark.parametrize(("status", "signal_id"), [(200, "two"), (201, "one")])
def test_two_tales_of_one_request_are_a_mismatch(
    ledger: Ledger, status: int, signal_id: str
) -> None:
    ledger.note_answer(ledger.requests[0], status, signal_id, time.monotonic())

    verdict = compare(ledger, [("one", b"digest", ROW)])

    assert verdict.counts() == {**NOTHING_WRONG, "id_mismatches": 1}


def test_a_request_that_nobody_answered_may_be_stored_or_not() -> None:
    ledger = Ledger()
    ledger.add(SignedRequest("sender-0", b"digest", ROW, signed_at=time.monotonic()))

    assert compare(ledger, []).counts() == NOTHING_WRONG
    assert compare(ledger, [("one", b"digest", ROW)]).counts() == NOTHING_WRONG


@pytest.mark.parametrize(
    ("entries", "wrong"),
    [
        ([(1, "a"), (2, "b")], ""),
        ([(1, "a")], "missing"),
        ([(1, "a"), (2, "b"), (3, "a")], "repeated"),
        ([(1, "a"), (2, "b"), (3, "c")], "misplaced"),
        ([(1, "a"), (2, "b"), (3, "x")], "strangers"),
        ([(1, "a"), (3, "b")], "out_of_order"),
        ([(2, "a"), (1, "b")], "out_of_order"),
    ],
)
def test_what_is_wrong_with_a_stream_is_noticed(entries: list[tuple[int, str]], wrong: str) -> None:
    belongs = {"a": "stream", "b": "stream"}
    if wrong == "misplaced":
        belongs["c"] = "elsewhere"

    found = examine({"stream": entries}, belongs=belongs)

    assert found.is_whole() == (wrong == "")
    assert not wrong or vars(found)[wrong] > 0


def test_a_plan_follows_from_its_seed_and_holds_every_kind_of_fault() -> None:
    plan = make_plan(LONG_RUN, signals=9000, seed=5)

    assert plan == make_plan(LONG_RUN, signals=9000, seed=5)
    assert plan != make_plan(LONG_RUN, signals=9000, seed=6)
    assert {planned.fault for planned in plan} == set(Fault)
    places = [planned.after for planned in plan]
    assert places == sorted(places)
    assert 0 < places[0] < places[-1] < 9000
