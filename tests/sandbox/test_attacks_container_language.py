"""Every attack of the collection, against what a container allows and the language layer."""

import pytest

from tests.sandbox.attack_files import SHOTS, Attack
from tests.sandbox.shooting import AttackRange

pytestmark = pytest.mark.sandbox


@pytest.mark.parametrize("attack", SHOTS)
def test_an_attack_does_no_damage_in_a_container(
    attack: Attack, whole_container_range: AttackRange
) -> None:
    shot = whole_container_range.shoot(attack)

    assert shot.damage == []
