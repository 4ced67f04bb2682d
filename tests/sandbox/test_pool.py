"""A guest that waits is ready for its run, and costs little while it waits."""

import os

import pytest

from bench.sandbox_machine import IDLE_GUESTS, idle_guests, private_bytes
from execution.sandbox.limits import MEBIBYTE, SandboxLimits
from execution.sandbox.supervisor import Sandbox, SandboxConfig
from tests.sandbox.harness import CLOCK, answer_as_ada

pytestmark = pytest.mark.sandbox

MAY_COST_BYTES = 4 * MEBIBYTE


def test_guests_that_wait_are_alive_small_and_used_by_the_next_runs() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can read how much memory a guest shares")

    def run(sandbox: Sandbox) -> object:
        return sandbox.run(
            "result = 6 * 7",
            context={"timestamp": CLOCK},
            limits=SandboxLimits(),
            answer_read=answer_as_ada,
        ).outputs[0]["value"]

    with Sandbox(SandboxConfig(profile="container", pool_size=IDLE_GUESTS)) as sandbox:
        assert run(sandbox) == 42
        waiting = idle_guests(sandbox)
        used = [private_bytes(guest) for guest in waiting]

        assert run(sandbox) == 42
        left = [guest for guest in idle_guests(sandbox) if guest in waiting]

    assert max(used) <= MAY_COST_BYTES
    assert len(left) == IDLE_GUESTS - 1
