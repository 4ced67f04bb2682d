"""What the collection of attacks covers, and that what attacks do is noticed."""

from collections import Counter

import pytest

from tests.sandbox.attack_files import ATTACKS, Attack
from tests.sandbox.shooting import AttackRange

pytestmark = pytest.mark.sandbox

CATEGORIES = """
    broker chains files_read files_write floods imports kernel language library memory network
    originals persistence primitives processes processor
""".split()


def _attack(name: str) -> Attack:
    [found] = [attack for attack in ATTACKS if attack.name == name]
    return found


def test_the_collection_covers_every_kind_of_attack() -> None:
    counted = Counter(attack.category for attack in ATTACKS)
    print(f"{len(ATTACKS)} attacks: " + ", ".join(f"{n} {c}" for c, n in sorted(counted.items())))

    assert sorted(counted) == CATEGORIES
    assert len(ATTACKS) >= 600


def test_no_two_attacks_are_the_same() -> None:
    scripts = Counter(attack.source.partition("\n")[2] for attack in ATTACKS)
    aims = Counter(attack.aim for attack in ATTACKS)

    assert [script for script, times in scripts.items() if times > 1] == []
    assert [aim for aim, times in aims.items() if times > 1] == []


@pytest.mark.parametrize(
    "name", ["network/abstract_socket", "processes/kill_everybody", "kernel/new_namespace"]
)
def test_a_system_call_no_script_needs_is_a_violation(name: str, kernel_range: AttackRange) -> None:
    shot = kernel_range.shoot(_attack(name))

    assert shot.last.status == "violation"
    assert shot.last.usage.exit == "SIGSYS"
