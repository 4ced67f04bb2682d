"""Makes the virtual environment and installs exactly what the lock file names.

Runs on the Python that ``tools/find-python`` found, with the standard library only. A stamp in
the environment holds the hash of the lock file it was made from: a second run has nothing to do.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements-dev.lock"
STAMP = VENV / "made-from"
NO_VENV = """\
This Python can make no complete virtual environment. Do one of these, then run make again:
    apt-get install python3-venv        (as root, on Debian)
    pip install --user uv               (without root)
"""


def main() -> int:
    """Bring the virtual environment in line with the lock file."""
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if works(VENV_PYTHON) and STAMP.exists() and STAMP.read_text() == wanted:
        return 0
    if not works(VENV_PYTHON):
        with step(f"virtual environment (Python {sys.version.split()[0]})"):
            make_environment()
    with step("Python packages, each checked against its hash (a few minutes the first time)"):
        install_packages()
    STAMP.write_text(wanted)
    return 0


def works(python: Path) -> bool:
    """Return whether an interpreter is there and starts."""
    return python.exists() and succeeds(str(python), "-c", "import sys")


def make_environment() -> None:
    """Make the virtual environment, with pip in it where this Python has what that takes."""
    shutil.rmtree(VENV, ignore_errors=True)
    if succeeds(sys.executable, "-m", "venv", str(VENV)):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    uv_or_pip_elsewhere = shutil.which("uv") or succeeds(sys.executable, "-m", "pip", "--version")
    if not uv_or_pip_elsewhere:
        raise SystemExit(f"failed\n{NO_VENV}")
    run(sys.executable, "-m", "venv", "--without-pip", str(VENV))


def install_packages() -> None:
    """Install the lock file with uv where it is, else (or where uv reaches no registry) pip."""
    locked = ("--require-hashes", "--requirement", str(LOCK))
    uv = shutil.which("uv")
    if uv and succeeds(uv, "pip", "install", "--python", str(VENV_PYTHON), *locked):
        return
    # The lock names every package, so there is nothing for pip to resolve.
    run(*pip_command(), "install", "--quiet", "--no-deps", *locked)


def pip_command() -> tuple[str, ...]:
    """Return the pip of the environment, or this Python's own aimed at the environment."""
    quiet = ("--disable-pip-version-check", "--no-input")
    if succeeds(str(VENV_PYTHON), "-m", "pip", "--version"):
        return (str(VENV_PYTHON), "-m", "pip", *quiet)
    return (sys.executable, "-m", "pip", "--python", str(VENV_PYTHON), *quiet)


def succeeds(*command: str) -> bool:
    """Return whether a command ends well, whatever it prints."""
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def run(*command: str) -> None:
    """Run a command that must succeed; otherwise show all it printed."""
    outcome = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if outcome.returncode != 0:
        raise SystemExit(f"failed\n{outcome.stdout}\n`{' '.join(command)}` failed")


@contextmanager
def step(what: str) -> Iterator[None]:
    """Print what is being done, then how long it took."""
    print(f"  {what} … ", end="", flush=True)
    began = time.monotonic()
    yield
    print(f"{time.monotonic() - began:.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
