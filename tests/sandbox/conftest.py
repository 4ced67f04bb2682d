"""Sandboxes of the tests: each kind is started once, because its libraries take seconds to load."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from execution.sandbox.layers import Layer
from execution.sandbox.limits import SandboxLimits
from execution.sandbox.results import SandboxResult
from execution.sandbox.supervisor import Sandbox, SandboxConfig
from execution.sandbox.zygote_process import ZygoteProcess
from tests.sandbox.harness import CLOCK, WORD, answer_as_ada
from tests.sandbox.openings import Opening
from tests.sandbox.shooting import AttackRange, attack_range


@pytest.fixture(scope="session", autouse=True)
def _planted_variable() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLUNDER_VARIABLE", f"{WORD}-ENVIRONMENT")
        yield


@pytest.fixture(scope="session")
def sandbox(_planted_variable: None) -> Iterator[Sandbox]:
    """Return a sandbox with every layer."""
    with Sandbox() as standing:
        yield standing


@pytest.fixture(scope="session")
def kernel_only(_planted_variable: None) -> Iterator[Sandbox]:
    """Return a sandbox whose scripts meet nothing but the kernel's walls."""
    with Sandbox(SandboxConfig(language_layer=False)) as standing:
        yield standing


@pytest.fixture(scope="session")
def in_a_container(_planted_variable: None) -> Iterator[Sandbox]:
    """Return a sandbox without namespaces whose scripts meet nothing but the kernel's walls."""
    with Sandbox(SandboxConfig(profile="container", language_layer=False)) as standing:
        yield standing


@pytest.fixture(scope="session")
def whole_in_a_container(_planted_variable: None) -> Iterator[Sandbox]:
    """Return a sandbox with every layer but namespaces."""
    with Sandbox(SandboxConfig(profile="container")) as standing:
        yield standing


@pytest.fixture(scope="module")
def full_range(sandbox: Sandbox) -> Iterator[AttackRange]:
    """Return an attack range around a sandbox with every layer."""
    with attack_range(sandbox) as standing:
        yield standing


@pytest.fixture(scope="module")
def kernel_range(kernel_only: Sandbox) -> Iterator[AttackRange]:
    """Return an attack range around the kernel's walls alone."""
    with attack_range(kernel_only) as standing:
        yield standing


@pytest.fixture(scope="module")
def container_range(in_a_container: Sandbox) -> Iterator[AttackRange]:
    """Return an attack range around the walls that need no namespaces, without the language."""
    with attack_range(in_a_container) as standing:
        yield standing


@pytest.fixture(scope="module")
def whole_container_range(whole_in_a_container: Sandbox) -> Iterator[AttackRange]:
    """Return an attack range around the walls that need no namespaces, and the language."""
    with attack_range(whole_in_a_container) as standing:
        yield standing


def _inspect_nothing(_zygote: ZygoteProcess, *, required: frozenset[str]) -> dict[str, Layer]:
    assert not required
    return {}


class OpenedRanges:
    """One attack range at a time, around a sandbox with the opening that is asked for."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._opening: Opening | None = None

    def around(self, opening: Opening) -> AttackRange:
        """Return a range around an opening: the last one, when it is the same."""
        if opening != self._opening:
            self.close()
            patch = self._stack.enter_context(pytest.MonkeyPatch.context())
            # Which layers are missing here is known, and probes take their time.
            patch.setattr("execution.sandbox.shift.inspect", _inspect_nothing)
            sandbox = self._stack.enter_context(Sandbox(opening.config()))
            self._range = self._stack.enter_context(attack_range(sandbox, counts_leaving=True))
            self._opening = opening
        return self._range

    def close(self) -> None:
        """Take the last range down."""
        self._opening = None
        self._stack.close()


@pytest.fixture(scope="module")
def opened_ranges(_planted_variable: None) -> Iterator[OpenedRanges]:
    """Return attack ranges around sandboxes from which walls were removed."""
    ranges = OpenedRanges()
    yield ranges
    ranges.close()


class Runner:
    """Runs scripts the way most tests want them run."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def __call__(
        self, source: str, *, limits: SandboxLimits | None = None, **context: Any
    ) -> SandboxResult:
        whole: dict[str, Any] = {
            "instrument": "NIFTY50",
            "instrument_key": "NIFTY50",
            "timeframe": "1m",
            "timestamp": CLOCK,
            "user_id": "ada",
            "params": {"period": 14},
            **context,
        }
        return self.sandbox.run(
            source, context=whole, limits=limits or SandboxLimits(), answer_read=answer_as_ada
        )


@pytest.fixture(scope="session")
def run(sandbox: Sandbox) -> Runner:
    """Return a function that runs a script with every layer."""
    return Runner(sandbox)
