"""Every attack of the collection, against the whole sandbox."""

import pytest

from tests.sandbox.attack_files import SHOTS, Attack
from tests.sandbox.shooting import AttackRange

pytestmark = pytest.mark.sandbox


@pytest.mark.parametrize("attack", SHOTS)
def test_an_attack_does_no_damage(attack: Attack, full_range: AttackRange) -> None:
    shot = full_range.shoot(attack)

    assert shot.damage == []
