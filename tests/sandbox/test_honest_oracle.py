"""Honest scripts say in the jail what the very same files say in plain Python."""

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from execution.sandbox.limits import SandboxLimits
from execution.sandbox.results import SandboxResult
from execution.sandbox.supervisor import Sandbox
from tests.sandbox import honest_market

pytestmark = pytest.mark.sandbox

FOLDER = Path(__file__).parent / "honest"
# Plain Python has another clock and other chance; what these mean is tested by itself.
WITHOUT_ORACLE = {"clock_and_chance"}
EVERY_SCRIPT = sorted(FOLDER.glob("*.py"))
SCRIPTS = sorted(path for path in EVERY_SCRIPT if path.stem not in WITHOUT_ORACLE)
_TOLERANCE = 1e-12
_REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def plain() -> dict[str, dict[str, Any]]:
    """Return what every honest script says in plain Python, by its name."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.sandbox.plain_python", *map(str, SCRIPTS)],
        cwd=_REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = [json.loads(line) for line in done.stdout.splitlines()]
    return {one["path"]: one for one in said}


def run_honestly(sandbox: Sandbox, path: Path) -> SandboxResult:
    """Run an honest script on the small market."""
    return sandbox.run(
        path.read_text(),
        context=json.loads(json.dumps(honest_market.CONTEXT)),
        limits=SandboxLimits(),
        answer_read=honest_market.answer,
    )


def _differences(here: Any, there: Any, at: str = "") -> Iterator[str]:
    if isinstance(here, dict) and isinstance(there, dict):
        if here.keys() != there.keys():
            yield f"{at}: {sorted(here)} and {sorted(there)}"
        for key in here.keys() & there.keys():
            yield from _differences(here[key], there[key], f"{at}.{key}")
    elif isinstance(here, list) and isinstance(there, list):
        if len(here) != len(there):
            yield f"{at}: {len(here)} and {len(there)} items"
        for position, (one, other) in enumerate(zip(here, there, strict=False)):
            yield from _differences(one, other, f"{at}[{position}]")
    elif isinstance(here, float) and isinstance(there, float):
        if not math.isclose(here, there, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE):
            yield f"{at}: {here!r} and {there!r}"
    elif here != there or type(here) is not type(there):
        yield f"{at}: {here!r} and {there!r}"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_an_honest_script_says_in_the_jail_what_it_says_in_plain_python(
    path: Path, sandbox: Sandbox, plain: dict[str, dict[str, Any]]
) -> None:
    result = run_honestly(sandbox, path)

    assert result.status == "ok", result.error
    expected = plain[path.stem]
    assert "fault" not in expected, expected["fault"]
    assert expected["outputs"] or expected["plots"], "a script that says nothing proves nothing"
    here = {
        "outputs": result.outputs,
        "log": result.log,
        "plots": {plot.name: plot.values for plot in result.plots},
    }
    there = {name: expected[name] for name in here}
    assert list(_differences(here, there)) == []


@pytest.mark.parametrize("path", EVERY_SCRIPT, ids=lambda path: path.stem)
def test_an_honest_script_says_the_same_every_time(path: Path, sandbox: Sandbox) -> None:
    first, second = run_honestly(sandbox, path), run_honestly(sandbox, path)

    assert first.status == "ok", first.error
    assert all(set(output) == {"value", "timestamp", "metadata"} for output in first.outputs)
    assert first.outputs == second.outputs


def test_there_are_enough_honest_scripts() -> None:
    assert len(EVERY_SCRIPT) >= 45
    assert {path.stem for path in EVERY_SCRIPT} >= WITHOUT_ORACLE
