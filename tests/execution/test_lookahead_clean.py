"""The look-ahead proof leaves every script alone that does not look ahead."""

from __future__ import annotations

from pathlib import Path

import pytest

from execution.lookahead.check import describe, reason_of
from execution.sandbox.jailer import Sandbox
from execution.services.prices import Prices
from tests.execution.lookahead.corpus import CLEAN, proof_of


@pytest.mark.sandbox
@pytest.mark.parametrize("path", CLEAN, ids=lambda path: path.stem)
def test_a_script_that_does_not_look_ahead_is_left_alone(
    path: Path, proving_sandbox: Sandbox, two_shares: Prices
) -> None:
    proof = proof_of(path.read_text(), proving_sandbox, two_shares)

    said = describe(proof.counter_example) if proof.counter_example else None
    assert proof.verdict == "clean", (reason_of(proof), said)
