"""Print the surface a script can reach as JSON, for the test that compares it."""

import json
import sys
import warnings
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from execution.sandbox.guest.builtins import GUARDS
    from execution.sandbox.guest.clock import RUN_CLOCK
    from execution.sandbox.guest.compiler import compile_script
    from execution.sandbox.guest.facades import RANDOMNESS
    from execution.sandbox.guest.main import Language
    from tests.sandbox.surface_walk import KINDS_OF_OWNERS, walk_surface


def _run(language: Language, source: str) -> dict[str, Any]:
    scope = language.scope({})
    exec(compile_script(source), scope)
    return scope


def main() -> None:
    """Walk, and print what was found by kind of owner."""
    RUN_CLOCK.set("2026-01-01T12:00:00+00:00")
    RANDOMNESS.start(1)
    language = Language()
    surface = walk_surface(
        language.scope({}), {*GUARDS, "__name__"}, lambda source: _run(language, source)
    )
    found: dict[str, list[str]] = {"type": sorted(surface.types)}
    for kind in KINDS_OF_OWNERS:
        found[kind] = sorted(
            line.removeprefix(f"{kind} ")
            for line in surface.attributes
            if line.startswith(f"{kind} ")
        )
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
