"""A zygote is replaced before it wears out, and no run waits for the next one."""

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from execution.sandbox import shift
from execution.sandbox.inspection import inspect
from execution.sandbox.limits import MEBIBYTE, SandboxLimits
from execution.sandbox.results import SandboxResult
from execution.sandbox.supervisor import Sandbox, SandboxConfig, SandboxUnavailable
from execution.sandbox.zygote_process import memory_of
from tests.sandbox.harness import CLOCK, answer_as_ada

pytestmark = pytest.mark.sandbox

RUNS = 3
WORN_AFTER_RUNS = SandboxConfig(profile="container", renew_after_runs=RUNS)
PATIENCE = 10_000


def run(sandbox: Sandbox) -> SandboxResult:
    return sandbox.run(
        "result = 6 * 7",
        context={"timestamp": CLOCK},
        limits=SandboxLimits(),
        answer_read=answer_as_ada,
    )


def run_until(sandbox: Sandbox, has_come: Callable[[], bool]) -> list[SandboxResult]:
    results = []
    for _ in range(PATIENCE):
        results.append(run(sandbox))
        if has_come():
            return results
    pytest.fail(f"it did not come within {PATIENCE} runs")


def test_a_zygote_is_renewed_after_so_many_runs() -> None:
    with Sandbox(WORN_AFTER_RUNS) as sandbox:
        worn = sandbox.zygote

        results = run_until(sandbox, lambda: sandbox.zygote is not worn)

        assert {result.status for result in results} == {"ok"}
        assert len(results) >= RUNS
        assert not worn.is_alive
        assert not any(layer.required > layer.proven for layer in sandbox.layers.values())


def test_runs_go_on_with_the_worn_zygote_until_the_next_one_is_proven(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    may_prove = threading.Event()
    with Sandbox(WORN_AFTER_RUNS) as sandbox:
        worn = sandbox.zygote

        def inspect_later(*arguments: object, **named: object) -> object:
            may_prove.wait(60)
            return inspect(*arguments, **named)  # type: ignore[arg-type]

        monkeypatch.setattr(shift, "inspect", inspect_later)
        results = [run(sandbox) for _ in range(5 * RUNS)]

        assert sandbox.zygote is worn
        assert {result.status for result in results} == {"ok"}
        may_prove.set()
        run_until(sandbox, lambda: sandbox.zygote is not worn)


def test_a_zygote_that_grew_is_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    # It never grows by itself, so any size counts as growth here.
    config = replace(
        WORN_AFTER_RUNS, renew_after_runs=PATIENCE, renew_after_growth_bytes=-(1 << 40)
    )
    monkeypatch.setattr(shift, "_RUNS_BETWEEN_LOOKS", 1)
    with Sandbox(config) as sandbox:
        worn = sandbox.zygote

        run_until(sandbox, lambda: sandbox.zygote is not worn)


def test_a_zygote_that_only_forked_has_not_grown() -> None:
    config = replace(WORN_AFTER_RUNS, renew_after_runs=PATIENCE)
    with Sandbox(config) as sandbox:
        young = sandbox.zygote

        for _ in range(2 * shift._RUNS_BETWEEN_LOOKS):
            run(sandbox)

        assert sandbox.zygote is young
        grown = memory_of(young.pid).resident_bytes - young.resident_at_start_bytes
        assert grown < 4 * MEBIBYTE


def test_a_wall_that_the_next_zygote_lacks_stops_the_one_at_work() -> None:
    refusals: list[SandboxUnavailable] = []
    sandbox = Sandbox(WORN_AFTER_RUNS, when_unproven=refusals.append)
    with sandbox:
        sandbox.config = replace(WORN_AFTER_RUNS, turned_off=frozenset({"core_limit"}))

        with pytest.raises(SandboxUnavailable, match="core_limit"):
            run_until(sandbox, lambda: False)

    assert refusals[0].missing == ["core_limit"]
