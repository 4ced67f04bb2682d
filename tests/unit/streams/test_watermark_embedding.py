"""A mark stays within what the author allows, whatever the numbers are."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.watermarks.embedding import Mark, MarkRefused, Place, key_of, marked_number, number_at
from streams.watermarks.rules import Tolerance, read_tolerances, tolerances_of

SECRET = b"a secret of the tests, long enough to be one"
PLACE = Place("0198c5e0-7a51-7cc2-8a3b-5b0c4a3e2f10", "IBM", "1d", "ab" * 32)
NOON = "2026-01-05T12:00:00+00:00"
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.decimals(
    -10_000, 10_000, places=2
).map(float)
sizes = st.sampled_from([1e-9, 0.00001, 0.005, 0.01, 0.3, 1.0, 25.0])


@st.composite
def tolerances(draw: st.DrawFn) -> Tolerance:
    rule: dict[str, float] = draw(
        st.fixed_dictionaries({"absolute": sizes})
        | st.fixed_dictionaries({"relative": st.sampled_from([1e-6, 0.001, 0.1])})
    )
    for name, choices in (
        ("step", [0.01, 0.05, 0.25]),
        ("minimum", [-50, 0, 10]),
        ("maximum", [20, 100]),
    ):
        if draw(st.booleans()):
            rule[name] = draw(st.sampled_from(choices))
    (tolerance,) = read_tolerances({"value": rule})
    return tolerance


def mark_for(subscription_id: str) -> Mark:
    return Mark(subscription_id, key_of(SECRET, subscription_id), PLACE)


def output_of(value: Any, **metadata: Any) -> dict[str, Any]:
    return {"value": value, "timestamp": NOON, "metadata": metadata}


@settings(deadline=None, max_examples=400)
@given(numbers, tolerances(), st.sampled_from([-1, 1]))
def test_no_mark_leaves_the_tolerance_nor_changes_a_sign(
    number: float, tolerance: Tolerance, sign: int
) -> None:
    moved = marked_number(number, tolerance, sign)

    exact, seen = Decimal(repr(number)), Decimal(repr(moved))
    allowed = tolerance.absolute or abs(exact) * (tolerance.relative or 0)
    assert abs(seen - exact) <= allowed
    assert math.isfinite(moved)
    assert (moved > 0, moved < 0, moved == 0) == (number > 0, number < 0, number == 0)
    if moved != number:
        assert (seen > exact) is (sign > 0)
        assert tolerance.lowest is None or seen > tolerance.lowest
        assert tolerance.highest is None or seen < tolerance.highest


@settings(deadline=None, max_examples=200)
@given(st.decimals(-10_000, 10_000, places=2).map(float), sizes, st.sampled_from([-1, 1]))
def test_a_number_keeps_its_decimals(number: float, size: float, sign: int) -> None:
    (tolerance,) = read_tolerances({"value": {"absolute": size}})

    moved = marked_number(number, tolerance, sign)

    assert round(moved, 2) == moved


@pytest.mark.parametrize(
    ("number", "rule", "moved"),
    [
        (12.34, {"absolute": 0.02}, 12.36),
        (12.34, {"absolute": 0.025}, 12.36),  # two decimals stay two
        (12.34, {"absolute": 0.005}, 12.34),  # less than the last decimal: left alone
        (12.345678, {"absolute": 0.005}, 12.350678),
        (-12.34, {"absolute": 0.02}, -12.32),
        (0.01, {"absolute": 0.02}, 0.01),  # might become zero or change its sign
        (0.03, {"absolute": 0.02}, 0.05),
        (0.0, {"absolute": 0.02}, 0.0),
        (12.0, {"absolute": 0.02}, 12.0),  # may be a side, a count, a category
        (12.0, {"absolute": 0.02, "step": 0.01}, 12.02),
        (100.05, {"absolute": 0.05, "step": 0.05}, 100.1),  # stays on its own grid
        (99.99, {"absolute": 0.02, "maximum": 100}, 99.99),
        (99.97, {"absolute": 0.02, "maximum": 100}, 99.99),
        (250.5, {"relative": 0.001}, 250.7),
        (1e300, {"absolute": 0.02, "step": 0.01}, 1e300),
    ],
)
def test_a_number_moves_by_as_many_steps_as_its_tolerance_holds(
    number: float, rule: dict[str, float], moved: float
) -> None:
    (tolerance,) = read_tolerances({"value": rule})

    assert marked_number(number, tolerance, 1) == moved


@pytest.mark.parametrize("value", [3, True, None, "BUY", "2026-01-05", [1.5]])
def test_only_fractions_are_marked(value: Any) -> None:
    rules = read_tolerances({"value": {"absolute": 0.5}, "value.upper": {"absolute": 0.5}})

    marked = mark_for("sams").output(output_of(value), rules)

    assert marked["value"] is value
    assert number_at(output_of(math.nan), ["value"]) is None


def test_undeclared_numbers_and_what_stands_beside_them_stay() -> None:
    rules = read_tolerances(
        {"value.upper": {"absolute": 0.05}, "metadata.stop": {"absolute": 0.05}}
    )
    exact = output_of({"upper": 12.34, "lower": 11.11}, stop=10.01, price=12.34, side="buy")

    marked = mark_for("sams").output(exact, rules)

    assert abs(marked["value"]["upper"] - 12.34) == pytest.approx(0.05)
    assert marked["value"]["lower"] == 11.11
    assert (marked["metadata"]["price"], marked["metadata"]["side"]) == (12.34, "buy")
    assert marked["metadata"]["stop"] != 10.01
    assert exact == output_of({"upper": 12.34, "lower": 11.11}, stop=10.01, price=12.34, side="buy")


def test_marks_are_the_same_every_time_and_different_for_everybody() -> None:
    rules = read_tolerances({"value": {"absolute": 0.02}})
    days = [f"2026-{month:02}-{day:02}T00:00:00+00:00" for month in (1, 2) for day in range(1, 28)]

    def copies(subscription_id: str) -> list[dict[str, Any]]:
        mark = mark_for(subscription_id)
        return [mark.output({**output_of(12.34), "timestamp": at}, rules) for at in days]

    sams, mallorys = copies("sams"), copies("mallorys")

    assert copies("sams") == sams
    values = [[copy["value"] for copy in mine] for mine in (sams, mallorys)]
    assert set(values[0]) == set(values[1]) == {12.32, 12.36}
    agreeing = sum(a == b for a, b in zip(*values, strict=True))
    assert 10 < agreeing < len(days) - 10


def test_a_copy_that_was_changed_after_it_was_marked_is_refused() -> None:
    rules = read_tolerances({"value": {"absolute": 0.02}})
    mark, exact = mark_for("sams"), output_of(12.34, side="buy", _watermark="forged")
    marked = mark.output(exact, rules)
    mark.verify(exact, marked, rules)
    assert mark.made(marked)
    other_way = 12.32 if marked["value"] > 12.34 else 12.36
    renamed = {**marked["metadata"], "_subscription_id": "mallorys"}
    changes: list[tuple[dict[str, Any], str]] = [
        ({"value": other_way}, "against its key"),
        ({"value": 13.0}, "against its key|further"),
        ({"value": 11.0}, "against its key|further"),
        ({"metadata": {**marked["metadata"], "side": "sell"}}, "more than the declared"),
        ({"metadata": renamed}, "name"),
        ({"metadata": {"side": "buy", "_subscription_id": "sams"}}, "no hash"),
    ]

    for change, why in changes:
        changed = {**marked, **change}
        assert not mark.made(changed)
        with pytest.raises(MarkRefused, match=why):
            mark.verify(exact, changed, rules)


def test_the_output_schema_bounds_what_a_mark_may_do() -> None:
    manifest = {
        "output_schema": {
            "type": "object",
            "properties": {
                "value": {"type": "number", "minimum": 0, "maximum": 100, "multipleOf": 0.5}
            },
        },
        "watermark": {"tolerance": {"value": {"absolute": 1}, "metadata.upper": {"absolute": 1}}},
    }

    kept = tolerances_of(manifest)

    assert kept["value"] == {"minimum": 0, "maximum": 100, "multipleOf": 0.5, "absolute": 1}
    assert kept["metadata.upper"] == {"absolute": 1}
    value = next(one for one in read_tolerances(kept) if one.field == "value")
    assert marked_number(99.5, value, 1) == 99.5
    assert marked_number(50.0, value, 1) == 51.0
    assert tolerances_of({"output_schema": {}}) == {}
