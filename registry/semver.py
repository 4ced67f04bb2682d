"""Version numbers: three whole numbers, compared as numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from common.errors import InvalidInput

# re.ASCII: \d alone also accepts the digits of other alphabets, which are other bytes in a key.
_GRAMMAR = re.compile(r"(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})", re.ASCII)


class NotASemanticVersion(InvalidInput):
    """A version is three numbers, for example 1.4.0."""

    code = "not_a_semantic_version"


@dataclass(frozen=True, order=True)
class SemanticVersion:
    """``major.minor.patch``, ordered by number."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str, *, field: str = "version") -> SemanticVersion:
        """Read a version number.

        Raises
        ------
        NotASemanticVersion
            The text is not three numbers of at most six digits without leading zeros.
        """
        match = _GRAMMAR.fullmatch(text)
        if match is None:
            raise NotASemanticVersion(
                f"{field}: {text[:40]!r} is not a version such as 1.4.0.", field=field
            )
        major, minor, patch = (int(part) for part in match.groups())
        return cls(major, minor, patch)

    def next_minor(self) -> SemanticVersion:
        """Return the version after this one that adds something."""
        return SemanticVersion(self.major, self.minor + 1, 0)

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


FIRST_VERSION = SemanticVersion(1, 0, 0)


def highest(versions: Iterable[str]) -> SemanticVersion | None:
    """Return the highest of some version numbers, or None when there are none."""
    return max((SemanticVersion.parse(text) for text in versions), default=None)


def next_free(versions: Iterable[str]) -> SemanticVersion:
    """Return the next minor version after the highest, or 1.0.0 when there are none."""
    last = highest(versions)
    return last.next_minor() if last else FIRST_VERSION
