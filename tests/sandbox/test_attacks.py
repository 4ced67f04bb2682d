"""Every attack of the collection, against the whole sandbox and the kernel's walls alone."""

import platform
from pathlib import Path

import pytest

from tests.sandbox.harness import AttackRange

pytestmark = pytest.mark.sandbox

FOLDER = Path(__file__).parent / "attacks"
ATTACKS = sorted(FOLDER.glob("*/*.py"))
# What a script says when it has left the language; without a language layer it has left nothing.
LEFT_THE_LANGUAGE = "it said PLUNDER-LANGUAGE"


def _name(path: Path) -> str:
    return str(path.relative_to(FOLDER).with_suffix(""))


def _times(source: str) -> int:
    header = source.splitlines()[0]
    assert header.startswith("# attack: "), "an attack says what it attacks and what it tries"
    return 2 if " twice | " in header else 1


def _skip_foreign_numbers(path: Path) -> None:
    if path.parent.name == "kernel" and platform.machine() != "x86_64":
        pytest.skip("these attacks use the system call numbers of x86-64")


def test_the_collection_covers_every_kind_of_attack() -> None:
    kinds = {path.parent.name for path in ATTACKS}

    assert len(ATTACKS) >= 60
    assert kinds == {
        "broker",
        "chains",
        "files_read",
        "files_write",
        "floods",
        "imports",
        "kernel",
        "language",
        "library",
        "memory",
        "network",
        "persistence",
        "processes",
        "processor",
    }


@pytest.mark.parametrize("path", ATTACKS, ids=_name)
def test_an_attack_does_no_damage(path: Path, full_range: AttackRange) -> None:
    _skip_foreign_numbers(path)
    source = path.read_text()

    shot = full_range.shoot(source, times=_times(source))

    assert shot.damage == []


@pytest.mark.parametrize("path", ATTACKS, ids=_name)
def test_an_attack_does_no_damage_when_only_the_kernel_is_in_its_way(
    path: Path, kernel_range: AttackRange
) -> None:
    _skip_foreign_numbers(path)
    source = path.read_text()

    shot = kernel_range.shoot(source, times=_times(source))

    assert [damage for damage in shot.damage if damage != LEFT_THE_LANGUAGE] == []


@pytest.mark.parametrize(
    "name", ["network/abstract_socket", "processes/kill_everybody", "kernel/new_namespace"]
)
def test_a_system_call_no_script_needs_is_a_violation(name: str, kernel_range: AttackRange) -> None:
    _skip_foreign_numbers(FOLDER / f"{name}.py")

    shot = kernel_range.shoot((FOLDER / f"{name}.py").read_text())

    assert shot.last.status == "violation"
    assert shot.last.usage.exit == "SIGSYS"


def test_the_range_notices_what_an_attack_says(full_range: AttackRange) -> None:
    shot = full_range.shoot("log('PLUNDER-FILE')")

    assert shot.damage == ["it said PLUNDER-FILE"]


def test_the_range_notices_what_an_attack_changes(full_range: AttackRange) -> None:
    full_range.written.write_text("x")
    full_range.secret.unlink()

    shot = full_range.shoot("result = 1")

    assert shot.damage == ["it wrote a file", "it removed the secret"]
