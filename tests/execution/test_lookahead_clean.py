"""The look-ahead proof leaves every script alone that does not look ahead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from execution.lookahead.check import describe, reason_of
from execution.sandbox.jailer import Sandbox
from execution.services.prices import Prices, bundled_prices
from tests.execution.lookahead.corpus import CLEAN, proof_of

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as started:
        yield started


@pytest.fixture(scope="module")
def prices() -> Prices:
    every = bundled_prices()
    return Prices(instruments=("AAPL", "MSFT"), load=every.load)


@pytest.mark.sandbox
@pytest.mark.parametrize("path", CLEAN, ids=lambda path: path.stem)
def test_a_script_that_does_not_look_ahead_is_left_alone(
    path: Path, sandbox: Sandbox, prices: Prices
) -> None:
    proof = proof_of(path.read_text(), sandbox, prices)

    said = describe(proof.counter_example) if proof.counter_example else None
    assert proof.verdict == "clean", (reason_of(proof), said)
