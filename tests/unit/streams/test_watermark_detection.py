"""Leakers are found, however they disguise their copies, and nobody else is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from streams.watermarks.detection import find_suspects
from streams.watermarks.evidence import log_p_values, sign_matrix, values_needed
from streams.watermarks.leaks import Leak, LeakedColumn
from tests.unit.streams.leaking import ALPHA, KEYS, PLACE, Floats, Leaking, accused

SAMS, MALLORYS, THIRD = "subscription 7", "subscription 9", "subscription 11"
INNOCENTS = 60_000
Disguise = Callable[[Floats], Floats]
rng = np.random.default_rng


@pytest.fixture(scope="module")
def leaking() -> Leaking:
    return Leaking()


@pytest.fixture(scope="module")
def innocent_signs() -> npt.NDArray[np.int8]:
    """Return the signs of many subscriptions at 64 bars."""
    keys = [number.to_bytes(8, "big") for number in range(INNOCENTS)]
    return sign_matrix(keys, PLACE, "value", np.arange(64))


@pytest.mark.parametrize("count", [45, 200, 1500])
def test_a_copy_as_it_was_given_names_its_subscriber(leaking: Leaking, count: int) -> None:
    rows = range(count)

    finding = leaking.search(leaking.copy(SAMS, rows), rows)

    assert finding.verdict == "suspects"
    assert accused(finding) == {SAMS}
    first = finding.suspects[0]
    assert first.agreeing == finding.marked
    assert first.log10_adjusted == pytest.approx(first.log10_p + np.log10(len(KEYS)))


@pytest.mark.parametrize(
    "disguise",
    [
        lambda values: np.round(values, 1),
        lambda values: values + 0.37,
        lambda values: values * 1.01 - 2,
        lambda values: values + rng(1).normal(0, 0.04, len(values)),
        lambda values: np.where(rng(2).random(len(values)) < 0.1, 3.5, values),
        lambda values: np.where(rng(3).random(len(values)) < 0.3, np.nan, values),
    ],
    ids=["rounded", "offset", "scaled", "noisy", "one in ten wrong", "gaps"],
)
def test_a_disguised_copy_names_its_subscriber(leaking: Leaking, disguise: Disguise) -> None:
    rows = range(300, 900)

    finding = leaking.search(disguise(leaking.copy(SAMS, rows)), rows)

    assert accused(finding) == {SAMS}


def test_shuffled_rows_and_foreign_clocks_are_put_in_order_by_their_times(
    leaking: Leaking,
) -> None:
    rows = [int(row) for row in rng(4).permutation(np.arange(200, 500))]
    copy = leaking.copy(SAMS, rows)

    found = [leaking.search(copy, rows, hours_off=hours) for hours in (0, -5.5, 24, -72)]

    assert [accused(finding) for finding in found] == [{SAMS}] * 4


@pytest.mark.parametrize("share", [1.0, 0.7])
def test_rows_without_times_are_found_by_their_order(leaking: Leaking, share: float) -> None:
    kept = np.arange(400, 700)[rng(5).random(300) < share]
    copy = leaking.copy(SAMS, [int(row) for row in kept])

    assert accused(leaking.search(copy, None)) == {SAMS}


def test_two_who_average_their_copies_are_both_found(leaking: Leaking) -> None:
    rows = range(400)
    copies = [leaking.copy(who, rows) for who in (SAMS, MALLORYS)]

    averaged = leaking.search((copies[0] + copies[1]) / 2, rows)
    picked = leaking.search(np.where(rng(6).random(400) < 0.5, *copies), rows)

    assert accused(averaged) == accused(picked) == {SAMS, MALLORYS}


def test_three_who_take_the_middle_of_their_copies_are_all_found(leaking: Leaking) -> None:
    rows = range(600)
    copies = [leaking.copy(who, rows) for who in (SAMS, MALLORYS, THIRD)]

    assert accused(leaking.search(np.median(copies, axis=0), rows)) == {SAMS, MALLORYS, THIRD}


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        (lambda leaking: leaking.exact[:300], "exact"),
        (lambda leaking: rng(7).normal(0, 1, 300), "unlike"),
        (lambda leaking: leaking.copy("somebody else's", range(300)), "no_suspect"),
        (lambda leaking: leaking.exact[:300] + rng(8).normal(0, 0.02, 300), "no_suspect"),
    ],
    ids=["exact values", "something else", "another product's subscriber", "made up"],
)
def test_without_a_leaker_nobody_is_accused(
    leaking: Leaking, values: Callable[[Leaking], Floats], verdict: str
) -> None:
    finding = leaking.search(values(leaking), range(300))

    assert (finding.verdict, accused(finding)) == (verdict, set())


def test_too_few_values_accuse_nobody_and_say_how_many_it_takes(leaking: Leaking) -> None:
    rows = range(20)

    finding = leaking.search(leaking.copy(SAMS, rows), rows)

    assert (finding.verdict, accused(finding)) == ("too_few", set())
    assert finding.suspects[0].subscription_id == SAMS
    assert finding.needed == values_needed(len(KEYS), ALPHA) == 30


def test_columns_are_matched_with_their_numbers_in_any_order(leaking: Leaking) -> None:
    rows = range(400)
    junk = LeakedColumn("volume", rng(9).normal(1e6, 1e5, 400))
    leak = Leak((junk, LeakedColumn("close", leaking.copy(SAMS, rows))), None)

    finding = find_suspects(leak, [leaking.series], KEYS, probability=ALPHA)

    assert accused(finding) == {SAMS}


@pytest.mark.parametrize("weights", ["equal", "normal", "one heavy"])
def test_a_p_value_is_never_smaller_than_what_chance_does(
    weights: str, innocent_signs: npt.NDArray[np.int8]
) -> None:
    """Innocent subscriptions, by the real keyed signs, against leaks of three shapes."""
    shape = {
        "equal": np.ones(64),
        "normal": rng(10).normal(0, 1, 64),
        "one heavy": np.concatenate([[8.0], np.ones(63)]),
    }[weights]
    p = np.exp(log_p_values(innocent_signs @ shape, shape))

    for level in (0.5, 0.1, 0.01, 1e-3, 1e-4):
        # Three standard deviations above what the level allows would be no accident.
        allowed = INNOCENTS * level + 3 * np.sqrt(INNOCENTS * level)
        assert np.sum(p <= level) <= allowed
    assert p.min() > ALPHA
    assert np.sum(p <= 0.05) > 0


def test_the_p_value_of_perfect_agreement_is_that_of_so_many_coins() -> None:
    for count in (10, 40, 400):
        (found,) = log_p_values(np.array([float(count)]), np.ones(count))

        assert -count * np.log(2) <= found <= -0.99 * count * np.log(2)
