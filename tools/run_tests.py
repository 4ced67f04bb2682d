"""Run the tests: first what can share the machine, side by side; then the flows, two at a time.

Flows start the whole platform each, and measure what people would wait for.
"""

from __future__ import annotations

import os
import subprocess
import sys
import uuid

NO_TESTS = 5  # pytest's word for a selection that left nothing
MOST_WORKERS = "8"  # each has a database of Redis of its own, and there are sixteen
# The files come in the order in which they were collected: the longest first, see tests/order.py.
SIDE_BY_SIDE = (
    *("-m", "not flow and not faults"),
    *("-n", "logical", "--maxprocesses", MOST_WORKERS),
    *("--dist", "loadfile", "--no-loadscope-reorder"),
)
FLOWS = ("-m", "flow and not faults", "-n", "2", "--dist", "loadfile")
PARTS = (SIDE_BY_SIDE, FLOWS)


def main(arguments: list[str]) -> int:
    """Run both parts with what the caller adds; return the first failure's code, or 0."""
    # Hundreds of processes load this code: it is compiled once, whatever is usual on this machine.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # The processes that share this name share what the migrations made.
    os.environ["TESTS_RUN"] = uuid.uuid4().hex
    codes = [
        subprocess.run([sys.executable, "-m", "pytest", *part, *arguments], check=False).returncode
        for part in PARTS
    ]
    if all(code == NO_TESTS for code in codes):
        return NO_TESTS
    return next((code for code in codes if code not in (0, NO_TESTS)), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
