"""Run the tests: the flows one after the other, and beside them all that can share the machine.

Flows start the whole platform each, wait for most of their time, and look at what people would
wait for: what runs beside them gives way to them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import uuid

NO_TESTS = 5  # pytest's word for a selection that left nothing
MOST_WORKERS = "8"  # each has a database of Redis of its own, and there are sixteen
FLOWS = ("-m", "flow and not faults")
# The files come in the order in which they were collected: the longest first, see tests/order.py.
SIDE_BY_SIDE = (
    *("-m", "not flow and not faults"),
    *("-n", "logical", "--maxprocesses", MOST_WORKERS),
    *("--dist", "loadfile", "--no-loadscope-reorder"),
)
GIVES_WAY = 10  # in nice's measure: who is at 0 gets nine times as much of a busy processor


def main(arguments: list[str]) -> int:
    """Run both parts with what the caller adds; return the first failure's code, or 0.

    What the flows print is shown when the rest has ended.
    """
    command = [sys.executable, "-m", "pytest"]
    # Hundreds of processes load this code: it is compiled once, whatever is usual on this machine.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # The processes that share this name share what the migrations made.
    os.environ["TESTS_RUN"] = uuid.uuid4().hex
    with tempfile.TemporaryFile() as printed:
        with subprocess.Popen(
            [*command, *FLOWS, *arguments], stdout=printed, stderr=subprocess.STDOUT
        ) as flows:
            os.nice(GIVES_WAY)
            rest = subprocess.run([*command, *SIDE_BY_SIDE, *arguments], check=False)
        printed.seek(0)
        shutil.copyfileobj(printed, sys.stdout.buffer)
        sys.stdout.flush()
    codes = [rest.returncode, flows.returncode]
    if all(code == NO_TESTS for code in codes):
        return NO_TESTS
    return next((code for code in codes if code not in (0, NO_TESTS)), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
