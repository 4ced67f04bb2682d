"""Scripts that look ahead and scripts that do not, and a short proof of one of them."""

from __future__ import annotations

from pathlib import Path

from execution.lookahead.check import check
from execution.lookahead.findings import Proof
from execution.lookahead.worlds import worlds_of_files
from execution.sandbox.jailer import Sandbox
from execution.services.prices import Prices

HERE = Path(__file__).parent
AHEAD = sorted((HERE / "ahead").glob("*.py"))
CLEAN = sorted((HERE / "clean").glob("*.py"))
# Processor time of a script's runs. A counter-example ends a proof early; without one, this is
# enough for a good look at the first world and a short one at each of the others.
SECONDS_TO_CATCH, SECONDS_TO_PASS = 1.5, 0.1


def proof_of(
    source: str, sandbox: Sandbox, prices: Prices, *, seconds: float = SECONDS_TO_PASS
) -> Proof:
    """Prove what can be proven of a script in a short time."""
    worlds = worlds_of_files(prices.instruments, prices.load, params={})
    return check(source, sandbox, worlds, seconds=seconds)
