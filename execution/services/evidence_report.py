"""The report that a review rests on: test runs, look-ahead, start-up, determinism and cost.

Everything is run as the version's owner, under the limits of their tier. What goes wrong in the
script, or in what it declares, is told in the report; what goes wrong here is raised.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.conf import settings

from common.canonical import digest
from common.errors import SignalHubError
from execution import validation
from execution.lookahead.check import check, describe, line_that_looks_ahead, reason_of
from execution.lookahead.effort import Effort
from execution.lookahead.repetition import cost_of, repeat
from execution.lookahead.runs import Script
from execution.lookahead.startup import start_up_of
from execution.lookahead.world import Latest, World
from execution.lookahead.worlds import DAILY, worlds_of_version
from execution.sandbox import supervisor
from execution.services.evidence_trials import Subject, describe_trial, try_on
from execution.services.faults import is_our_trouble
from execution.services.history import read_history
from execution.services.prices import recorded_prices
from execution.services.upstream import outputs_of
from registry.models import ScriptVersion
from registry.services.dependencies import usable_dependencies

INSTRUMENTS = 3
# Bars of dependencies' outputs for the proof: its window, and as much before it.
UPSTREAM_BARS = 1000


def make_report(version: ScriptVersion, *, now: datetime) -> dict[str, Any]:
    """Return the report about a version as it is.

    Raises
    ------
    SandboxUnavailable, Unavailable
        Trouble of ours: nothing is said about the version.
    """
    prices = recorded_prices(version.timeframe, user=version.script.owner, as_of=now)
    params = example_params(version.input_schema)
    subject = Subject(version=version, prices=prices, params=params, now=now)
    trials_made = [try_on(subject, key) for key in prices.instruments[:INSTRUMENTS]]
    report = {
        "trials": [describe_trial(trial) for trial in trials_made],
        "note": _note(subject, len(trials_made)),
        "params": dict(params),
    }
    return report | _experiments(subject)


def example_params(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return params that a version is tried with: none, or the defaults where some are required."""
    try:
        validation.validate_params({}, schema)
    except validation.ParamsDoNotMatchSchema:
        named = schema.get("properties")
        properties = named if isinstance(named, Mapping) else {}
        wanted = schema.get("required", [])
        return {
            name: _example(properties.get(name, {}))
            for name in properties
            if name in wanted or "default" in _table(properties[name])
        }
    return {}


def _table(schema: Any) -> Mapping[str, Any]:
    return schema if isinstance(schema, Mapping) else {}


def _example(schema: Any) -> Any:
    given = _table(schema)
    if "default" in given:
        return given["default"]
    if given.get("enum"):
        return given["enum"][0]
    least = given.get("minimum", given.get("exclusiveMinimum", 1))
    return {"integer": least, "number": least, "boolean": False, "array": [], "object": {}}.get(
        str(given.get("type")), ""
    )


def _note(subject: Subject, tried: int) -> str:
    if tried == INSTRUMENTS:
        return ""
    timeframe = subject.version.timeframe
    if not tried:
        return f"No instrument has enough {timeframe} bars for a test run."
    return f"Only {tried} of {INSTRUMENTS} instruments have enough {timeframe} bars for a test run."


# --- experiments ----------------------------------------------------------------------------------


def _experiments(subject: Subject) -> dict[str, Any]:
    try:
        worlds = _worlds(subject)
    except SignalHubError as error:
        if is_our_trouble(error):
            raise
        return _nothing_tried(error.message)
    if not worlds:
        return _nothing_tried("There are no prices to run it on.")
    sandbox = supervisor.process_wide_sandbox()
    script = Script(source=subject.version.source, sandbox=sandbox, limits=subject.limits)
    world, _ = worlds[0]
    return {
        "lookahead": _proof(subject, worlds),
        "startup": _start_up(script, world),
        "determinism": _determinism(script, world),
        "cost": cost_of(script, world),
    }


def _worlds(subject: Subject) -> list[tuple[World, Effort]]:
    version, prices = subject.version, subject.prices
    keys = (
        prices.instruments
        or recorded_prices(DAILY, user=subject.user, as_of=subject.now).instruments
    )
    worlds = worlds_of_version(
        keys[:INSTRUMENTS], version.timeframe, prices.load, params=subject.params
    )
    found = []
    for world, effort in worlds:
        world.seed = int(digest(dict(subject.params))[:8], 16)
        world.identity = {"user_id": str(subject.user.pk), "script_id": str(version.script_id)}
        world.outputs = _upstream(subject, world)
        found.append((world, effort))
    return found


def _upstream(subject: Subject, world: World) -> dict[str, list[Latest]]:
    version = subject.version
    needed = usable_dependencies(version.manifest, user=subject.user, at=subject.now)
    if not needed:
        return {}
    history = read_history(
        subject.user,
        instrument_key=world.instrument,
        timeframe=world.timeframe,
        params={},
        script_id=str(version.script_id),
        bars=UPSTREAM_BARS,
        now=subject.now,
    )
    before: list[Latest] = [None] * (len(world.bars) - len(history))
    return {
        str(one.script_id): [*before, *outputs_of(one, history, at=subject.now)] for one in needed
    }


def _nothing_tried(reason: str) -> dict[str, Any]:
    return {
        "lookahead": {
            "verdict": "undecided",
            "reason": reason,
            "compared_values": 0,
            "runs": 0,
            "first_difference": None,
        },
        "startup": {"recommended_min_history": None, "lengths": []},
        "determinism": None,
        "cost": None,
    }


def _proof(subject: Subject, worlds: Sequence[tuple[World, Effort]]) -> dict[str, Any]:
    sandbox = supervisor.process_wide_sandbox()
    source = subject.version.source
    proof = check(
        source, sandbox, worlds, limits=subject.limits, seconds=settings.EVIDENCE_PROOF_SECONDS
    )
    first = None
    if proof.counter_example is not None:
        first = describe(proof.counter_example)
        first["line"] = line_that_looks_ahead(source, sandbox)
    return {
        "verdict": proof.verdict,
        "reason": reason_of(proof),
        "compared_values": proof.compared,
        "runs": proof.runs,
        "first_difference": first,
    }


def _start_up(script: Script, world: World) -> dict[str, Any]:
    found = start_up_of(script, world)
    return {
        "recommended_min_history": found.recommended,
        "lengths": [asdict(length) for length in found.lengths],
    }


def _determinism(script: Script, world: World) -> dict[str, Any]:
    found = repeat(script, world)
    return {"runs": len(found.hashes), "same": found.same, "hashes": found.hashes}
