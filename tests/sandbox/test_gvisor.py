"""The sandbox inside gVisor, where this machine has it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

RUNSC = shutil.which("runsc")
ROOT = Path(__file__).resolve().parent.parent.parent
TRY = """
import json, sys
sys.path.insert(0, {root!r})
from execution.sandbox.limits import SandboxLimits
from execution.sandbox.supervisor import Sandbox, SandboxConfig
limits = SandboxLimits(wall_seconds=5.0, cpu_seconds=5.0)
context = {{"timestamp": "2026-01-01T12:00:00+00:00", "params": {{}}}}
found = {{}}
for guarded, source in {scripts!r}:
    with Sandbox(SandboxConfig(profile="gvisor", language_layer=guarded)) as sandbox:
        result = sandbox.run(source, context=context, limits=limits, answer_read=lambda _: None)
        found[source] = result.status
print(json.dumps({{"profile": sandbox.config.profile, "found": found}}))
"""
SCRIPTS = {
    "result = float(np.arange(5.0).sum())": (True, "ok"),
    "import ctypes; ctypes.CDLL(None).syscall(41, 2, 1, 0)": (False, "violation"),
    "open('/etc/passwd')": (False, "error"),
    "import os; os.fork()": (False, "error"),
    "while True: pass": (False, "timeout"),
    "kept = bytearray(10**9)": (False, "memory"),
}

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.skipif(RUNSC is None, reason="runsc is not installed (Debian: apt install runsc)"),
    pytest.mark.skipif(os.geteuid() != 0, reason="runsc needs root here"),
]


def test_scripts_run_and_attacks_stop_on_gvisors_kernel() -> None:
    scripts = [(guarded, source) for source, (guarded, _) in SCRIPTS.items()]
    program = TRY.format(root=str(ROOT), scripts=scripts)
    command = [str(RUNSC), "--network=none", "--ignore-cgroups", "--platform=ptrace", "do"]

    outcome = subprocess.run(
        [*command, sys.executable, "-c", program], capture_output=True, text=True, timeout=600
    )

    assert outcome.returncode == 0, outcome.stderr
    answer = json.loads(outcome.stdout.splitlines()[-1])
    assert answer["found"] == {source: status for source, (_, status) in SCRIPTS.items()}
