"""Every attack of the collection, against what a container allows, without the language layer."""

import pytest

from tests.sandbox.attack_files import SHOTS, Attack
from tests.sandbox.shooting import AttackRange

pytestmark = pytest.mark.sandbox


@pytest.mark.parametrize("attack", SHOTS)
def test_an_attack_does_no_damage_when_only_what_a_container_allows_is_in_its_way(
    attack: Attack, container_range: AttackRange
) -> None:
    shot = container_range.shoot(attack)

    assert shot.damage == []
