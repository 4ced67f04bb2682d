"""The script files that a command line names."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from django.core.management.base import CommandError


def script_files(paths: Iterable[str]) -> list[Path]:
    """Return the files that are named, and every script in the folders that are.

    Raises
    ------
    CommandError
        One of them does not exist.
    """
    found: list[Path] = []
    for path in map(Path, paths):
        if not path.exists():
            raise CommandError(f"{path} does not exist")
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return found
