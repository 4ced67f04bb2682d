"""Finds a Chromium for the tests on this machine, or gets one; never does without.

``python -m tests.browser_location`` prints which one it is.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import brotli  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parent.parent
INSTALLED_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGE = ROOT / "node_modules" / "@sparticuz" / "chromium"
UNPACKED = ROOT / "var" / "browser"
# Our own pages on this machine: nothing to protect it from, nobody to report to, nothing to fetch.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
CHUNK_BYTES = 1 << 20


class NoBrowser(Exception):
    """There is no browser for the tests, and none could be had."""


@dataclass(frozen=True)
class BrowserCommand:
    """A Chromium that starts here, with the arguments the tests give it."""

    path: Path
    args: tuple[str, ...] = ARGUMENTS
    environment: Mapping[str, str] = field(default_factory=dict)

    def version_or_none(self) -> str | None:
        """Return its version if it starts."""
        try:
            outcome = subprocess.run(
                [self.path, "--version", "--no-sandbox"],
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
                env={**os.environ, **self.environment},
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return outcome.stdout.strip() if outcome.returncode == 0 else None


def find_chromium() -> BrowserCommand:
    """Return the first Chromium that starts: installed, from npm, or installed now by Debian."""
    for command in candidates(os.environ):
        if command.version_or_none() is not None:
            return command
    raise NoBrowser(
        "the tests need Chromium or Chrome: install one, or name one in CHROME_PATH; "
        "`npm ci` brings one as well, which needs Debian's libnss3 and libgbm1 or their like"
    )


def candidates(environment: Mapping[str, str]) -> Iterator[BrowserCommand]:
    """Yield what could be used, best first; later ones are only made when they are asked for."""
    named = environment.get("CHROME_PATH")
    if named:
        yield BrowserCommand(Path(named))
        return
    yield from installed_browsers()
    yield from browsers_from_npm()
    if os.geteuid() == 0 and shutil.which("apt-get"):
        install_with_apt()
        yield from installed_browsers()


def installed_browsers() -> Iterator[BrowserCommand]:
    """Yield the browsers on the path."""
    for name in INSTALLED_NAMES:
        path = shutil.which(name)
        if path:
            yield BrowserCommand(Path(path))


def browsers_from_npm() -> Iterator[BrowserCommand]:
    """Yield the browser of the npm package, as it is and with the libraries it brings."""
    if not PACKAGE.exists():
        fetch = [sys.executable, str(ROOT / "tools" / "assets.py"), "--with-browser"]
        if subprocess.run(fetch, check=False).returncode != 0:
            return
    folder = unpack_package()
    program = folder / "chromium"
    fonts = (
        {} if Path("/etc/fonts/fonts.conf").exists() else {"FONTCONFIG_PATH": str(folder / "fonts")}
    )
    yield BrowserCommand(program, environment=fonts)
    yield BrowserCommand(program, environment={**fonts, "LD_LIBRARY_PATH": str(folder / "lib")})


def unpack_package() -> Path:
    """Unpack the browser of the npm package once and return its folder."""
    stamp = UNPACKED / "made-from"
    version = (PACKAGE / "package.json").read_text()
    if stamp.exists() and stamp.read_text() == version:
        return UNPACKED
    shutil.rmtree(UNPACKED, ignore_errors=True)
    UNPACKED.mkdir(parents=True)
    for archive in sorted((PACKAGE / "bin").glob("*.br")):
        decompress(archive, UNPACKED / archive.stem)
    for archive in sorted(UNPACKED.glob("*.tar")):
        with tarfile.open(archive) as members:
            members.extractall(UNPACKED, filter="data")
        archive.unlink()
    (UNPACKED / "chromium").chmod(0o755)
    stamp.write_text(version)
    return UNPACKED


def decompress(source: Path, target: Path) -> None:
    """Write the content of a Brotli file."""
    decompressor = brotli.Decompressor()
    with source.open("rb") as compressed, target.open("wb") as plain:
        while chunk := compressed.read(CHUNK_BYTES):
            plain.write(decompressor.process(chunk))


def install_with_apt() -> None:
    """Install Debian's browser."""
    unattended = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["update", "-q"],
        ["install", "-q", "-y", "--no-install-recommends", "chromium"],
    ):
        subprocess.run(["apt-get", *command], check=False, env=unattended)


if __name__ == "__main__":
    try:
        found = find_chromium()
    except NoBrowser as problem:
        sys.exit(f"error: {problem}")
    print(f"  browser of the tests: {found.path} ({found.version_or_none()})")
