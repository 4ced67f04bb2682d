"""Attacks against jails from which walls were removed: here they have to succeed, and be seen to.

This is what proves that an attack reaches the walls it is about, and that its sign would show if
they did not stand.
"""

import pytest

from tests.sandbox.attack_files import Attack, as_parameter
from tests.sandbox.conftest import OpenedRanges
from tests.sandbox.openings import Opening, controls

pytestmark = pytest.mark.sandbox

CASES = [as_parameter(attack, opening, sign) for attack, opening, sign in controls()]


@pytest.mark.parametrize(("attack", "opening", "sign"), CASES)
def test_an_attack_succeeds_where_its_walls_are_missing(
    attack: Attack, opened_ranges: OpenedRanges, opening: Opening, sign: str
) -> None:
    if not opening.is_possible:
        pytest.skip("only root can remove these walls")

    shot = opened_ranges.around(opening).shoot(attack)

    assert sign in shot.signs, shot
