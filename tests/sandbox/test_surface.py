"""What a script can reach is pinned: an upgrade that shows one name more, or one less, fails.

The lists in `surface/` are what was reviewed. To accept a change, read the difference the test
prints, decide name by name, and then write the lists anew:

    SURFACE_ACCEPT=1 pytest tests/sandbox/test_surface.py
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.sandbox

FOLDER = Path(__file__).parent / "surface"
ACCEPT = "SURFACE_ACCEPT"
NAMES = ("builtin", "class", "module", "object", "scope", "type")


def _walk() -> dict[str, list[str]]:
    # In a process of its own: the language changes pandas for the process it is in.
    root = Path(__file__).parents[2]
    finished = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.sandbox.surface_report"],
        cwd=root,
        env={"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0", "TZ": "UTC"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-3000:]
    found: dict[str, list[str]] = json.loads(finished.stdout)
    return found


@pytest.fixture(scope="module")
def surface() -> dict[str, list[str]]:
    """Return everything a script can reach, by kind."""
    if sys.version_info[:2] != (3, 11):
        pytest.skip("the lists are written for Python 3.11; other versions have other names")
    found = _walk()
    if os.environ.get(ACCEPT):
        for kind, names in found.items():
            (FOLDER / f"{kind}.txt").write_text("".join(f"{name}\n" for name in names))
    return found


@pytest.mark.parametrize("kind", NAMES)
def test_a_script_reaches_what_was_reviewed_and_nothing_else(
    kind: str, surface: dict[str, list[str]]
) -> None:
    reviewed = set((FOLDER / f"{kind}.txt").read_text().splitlines())
    reached = set(surface[kind])

    difference = [f"+ {name}" for name in sorted(reached - reviewed)]
    difference += [f"- {name}" for name in sorted(reviewed - reached)]
    assert not difference, "\n".join(
        [
            f"what a script can reach has changed (+ newly reachable, - no longer): {kind}",
            *difference,
            "if every line is meant, write the lists anew and commit them:",
            f"    {ACCEPT}=1 pytest tests/sandbox/test_surface.py",
        ]
    )


def test_no_object_of_the_machinery_is_ever_handed_out(surface: dict[str, list[str]]) -> None:
    machinery = {"builtins.module", "builtins.code", "builtins.frame", "builtins.traceback"}

    assert machinery.isdisjoint(surface["type"])


def test_the_walk_goes_beyond_the_lists_of_the_policy(surface: dict[str, list[str]]) -> None:
    # Reached only as what a method of what a method returned.
    assert "pandas.core.indexing._LocIndexer" in surface["type"]
    assert "functools.CacheInfo.hits" in surface["object"]
    assert len(surface["object"]) > 1500
