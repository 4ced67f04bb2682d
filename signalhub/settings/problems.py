"""What is wrong with the configuration, as data: no Django, so that settings can note it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that a process must not start with, and how to put it right."""

    code: str
    message: str
    fix: str

    def __str__(self) -> str:
        return f"({self.code}) {self.message} {self.fix}"
