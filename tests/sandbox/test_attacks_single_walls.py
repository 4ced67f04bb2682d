"""Attacks that several walls stop: each of these walls stops them by itself.

All the walls that stand in an attack's way are removed but one.
"""

import os

import pytest

from tests.sandbox.attack_files import Attack, as_parameter
from tests.sandbox.conftest import OpenedRanges
from tests.sandbox.openings import ONLY_ROOT_REMOVES, Opening, single_walls

pytestmark = pytest.mark.sandbox

CASES = [
    as_parameter(attack, opening, sign, wall) for attack, opening, sign, wall in single_walls()
]


@pytest.mark.parametrize(("attack", "opening", "sign", "wall"), CASES)
def test_a_wall_stops_an_attack_by_itself(
    attack: Attack, opened_ranges: OpenedRanges, opening: Opening, sign: str, wall: str
) -> None:
    if not opening.is_possible or (os.geteuid() != 0 and wall in ONLY_ROOT_REMOVES):
        pytest.skip("only root can remove these walls")

    shot = opened_ranges.around(opening).shoot(attack)

    assert sign not in shot.signs, f"{wall} did not stop it"
