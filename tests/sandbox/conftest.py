"""Sandboxes of the tests: each kind is started once, because its libraries take seconds to load."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from execution.sandbox.limits import SandboxLimits
from execution.sandbox.results import SandboxResult
from execution.sandbox.supervisor import Sandbox, SandboxConfig
from tests.sandbox.harness import CLOCK, WORD, AttackRange, answer_as_ada, attack_range


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
def full_range(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AttackRange]:
    """Return an attack range around a sandbox with every layer."""
    with attack_range(sandbox, _reachable(tmp_path_factory.mktemp("full"))) as standing:
        yield standing


@pytest.fixture(scope="session")
def kernel_range(
    kernel_only: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AttackRange]:
    """Return an attack range around the kernel's walls alone."""
    with attack_range(kernel_only, _reachable(tmp_path_factory.mktemp("kernel"))) as standing:
        yield standing


def _reachable(folder: Path) -> Path:
    # Everybody could read the plunder if it were not for the walls.
    for parent in (folder, folder.parent, folder.parent.parent):
        parent.chmod(0o755)
    return folder


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
