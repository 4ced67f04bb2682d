"""Every attack of the collection, against the kernel's walls alone."""

import pytest

from tests.sandbox.attack_files import SHOTS, Attack
from tests.sandbox.shooting import AttackRange

pytestmark = pytest.mark.sandbox


@pytest.mark.parametrize("attack", SHOTS)
def test_an_attack_does_no_damage_when_only_the_kernel_is_in_its_way(
    attack: Attack, kernel_range: AttackRange
) -> None:
    shot = kernel_range.shoot(attack)

    assert shot.damage == []
