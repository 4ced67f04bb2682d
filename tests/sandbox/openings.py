"""Jails from which walls were removed, so that what attacks them succeeds."""

import os
from dataclasses import dataclass

from execution.sandbox.supervisor import SandboxConfig
from tests.sandbox.attack_files import ATTACKS, LANGUAGE, Attack

# Only root can do without these: nobody else has more, or gets far without a user namespace.
ONLY_ROOT_REMOVES = frozenset({"unprivileged", "no_capabilities", "user_namespace"})


@dataclass(frozen=True, kw_only=True, order=True)
class Opening:
    """The walls that are missing."""

    walls: tuple[str, ...]

    def config(self) -> SandboxConfig:
        """Return how a sandbox with this opening is started."""
        return SandboxConfig(
            profile="host",
            turned_off=frozenset(self.walls) - {LANGUAGE},
            required_layers=frozenset(),
            language_layer=LANGUAGE not in self.walls,
        )

    @property
    def is_possible(self) -> bool:
        """Whether this user can remove these walls."""
        return os.geteuid() == 0 or ONLY_ROOT_REMOVES.isdisjoint(self.walls)

    def __str__(self) -> str:
        return "+".join(self.walls)


def _opening_for(attack: Attack, walls: frozenset[str]) -> Opening:
    # A raw attack assumes that it has left the language.
    return Opening(walls=tuple(sorted(walls | {LANGUAGE} if attack.is_raw else walls)))


def controls() -> list[tuple[Attack, Opening, str]]:
    """Return every attack that has to succeed, through what, and the sign it gives."""
    found = [
        (attack, _opening_for(attack, control.walls), control.sign)
        for attack in ATTACKS
        for control in attack.controls
    ]
    return sorted(found, key=lambda case: case[1])


def single_walls() -> list[tuple[Attack, Opening, str, str]]:
    """Return every attack that one wall has to stop, through what is open besides that wall."""
    found = [
        (attack, _opening_for(attack, control.walls - {wall}), control.sign, wall)
        for attack in ATTACKS
        for control in attack.controls
        for wall in sorted(control.walls - {LANGUAGE})
        if len(control.walls) > 1
    ]
    return sorted(found, key=lambda case: case[1])
