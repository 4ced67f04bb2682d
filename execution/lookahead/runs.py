"""Runs of one script in views of a world, some at a time in one child of the sandbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Protocol

from execution.lookahead.statements import Said, newest_row, said_by
from execution.lookahead.world import Reading, View, World
from execution.sandbox.limits import SandboxLimits
from execution.sandbox.reads import ReadAnswerer
from execution.sandbox.results import SandboxResult

_GOES_ON_AFTER = ("ok", "error", "output_limit")


class RunsScripts(Protocol):
    """What runs a script once per context, as the sandbox does."""

    def run_batch(
        self,
        source: str,
        *,
        contexts: Sequence[dict[str, Any]],
        limits: SandboxLimits,
        answer_reads: Sequence[ReadAnswerer],
    ) -> list[SandboxResult]:
        """Return a result for every context."""
        ...


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of the script in a view, and what it was told."""

    world: World
    view: View
    result: SandboxResult
    reading: Reading
    every_row: bool

    @property
    def is_ok(self) -> bool:
        """Whether the script came to its end."""
        return self.result.status == "ok"

    @cached_property
    def said(self) -> Said:
        """What the run said about single bars."""
        if not self.every_row:
            return newest_row(self.result, self.view)
        return said_by(self.result, self.world, self.view, self.reading)

    @property
    def problem(self) -> str:
        """Why the run has no end, as a sentence."""
        error = self.result.error
        if error is None:
            return self.result.status
        where = f"line {error.line}: " if error.line else ""
        return f"{where}{error.type}: {error.message}"


@dataclass(kw_only=True)
class Script:
    """A script that is run again and again; how often, and what that took, is counted."""

    source: str
    sandbox: RunsScripts
    limits: SandboxLimits
    runs: int = 0
    cpu_seconds: float = 0.0
    was_stopped: bool = False

    def run(self, world: World, views: Sequence[View], *, every_row: bool = True) -> list[Run]:
        """Run the script in views of a world, each with a fresh namespace."""
        readings = [Reading() for _ in views]
        results = self.sandbox.run_batch(
            self.source,
            contexts=[world.context(view, every_row=every_row) for view in views],
            limits=self.limits,
            answer_reads=[
                partial(world.answer, view, reading)
                for view, reading in zip(views, readings, strict=True)
            ],
        )
        self.runs += len(views)
        self.cpu_seconds += sum(result.usage.cpu_ms for result in results) / 1000
        self.was_stopped |= any(result.status not in _GOES_ON_AFTER for result in results)
        return [
            Run(world=world, view=view, result=result, reading=reading, every_row=every_row)
            for view, result, reading in zip(views, results, readings, strict=True)
        ]
