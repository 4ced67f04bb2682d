"""The collection of attacks: one script a file, whose first line says what it is.

``# attack: <language|raw>[ twice][ x86-64] | <what it tries>[ | without <wall>+<wall>: <sign>]…``

A ``language`` attack is written in the language of scripts; a ``raw`` one assumes that it has left
it. Each last part names walls without which the attack has to succeed, and the sign by which that
is seen: it proves that the attack reaches those walls, and that the sign would show.
"""

import platform
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

FOLDER = Path(__file__).parent / "attacks"
LANGUAGE = "language"
SIGNS = frozenset(
    """
    said written changed reached neighbour bystander zygote supervisor left next_run late memory
    output
    """.split()
)
_HEADER = re.compile(r"# attack: (language|raw)((?: twice| x86-64)*) \| ([^|]+)((?: \| [^|]+)*)")
_CONTROL = re.compile(r"without ([a-z_]+(?:\+[a-z_]+)*): ([a-z_]+)")


@dataclass(frozen=True, kw_only=True)
class Control:
    """Walls without which an attack has to succeed, and the sign by which that is seen."""

    walls: frozenset[str]
    sign: str


@dataclass(frozen=True, kw_only=True)
class Attack:
    """One script of the collection, and what its first line says of it."""

    name: str
    source: str
    aim: str
    is_raw: bool
    times: int
    only_x86_64: bool
    controls: tuple[Control, ...]

    @property
    def category(self) -> str:
        """What kind of attack it is: the folder it lies in."""
        return self.name.partition("/")[0]

    def __str__(self) -> str:
        return self.name


def read_attack(path: Path) -> Attack:
    """Read an attack from its file.

    Raises
    ------
    ValueError
        The first line does not say what the attack is.
    """
    source = path.read_text()
    name = str(path.relative_to(FOLDER).with_suffix(""))
    header = _HEADER.fullmatch(source.splitlines()[0])
    if header is None:
        raise ValueError(f"{name} does not say in its first line what it attacks")
    language, flags, aim, controls = header.groups()
    return Attack(
        name=name,
        source=source,
        aim=aim,
        is_raw=language == "raw",
        times=2 if " twice" in flags else 1,
        only_x86_64=" x86-64" in flags,
        controls=tuple(_read_control(name, part) for part in controls.split(" | ")[1:]),
    )


def _read_control(name: str, part: str) -> Control:
    found = _CONTROL.fullmatch(part)
    if found is None or found.group(2) not in SIGNS:
        raise ValueError(f"{name} has a control that cannot be read: {part}")
    walls, sign = found.groups()
    return Control(walls=frozenset(walls.split("+")), sign=sign)


def is_for_this_machine(attack: Attack) -> bool:
    """Return whether an attack's numbers and code mean something on this processor."""
    return not attack.only_x86_64 or platform.machine() == "x86_64"


def as_parameter(attack: Attack, *more: object) -> ParameterSet:
    """Return an attack as a test's parameter, with whatever else the test is given."""
    skip = pytest.mark.skipif(
        not is_for_this_machine(attack), reason="it uses the numbers or the code of x86-64"
    )
    name = "-".join([attack.name, *map(str, more)])
    return pytest.param(attack, *more, id=name, marks=skip)


ATTACKS = [read_attack(path) for path in sorted(FOLDER.glob("*/*.py"))]
SHOTS = [as_parameter(attack) for attack in ATTACKS]
