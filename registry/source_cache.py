"""Published sources on this machine's disk, by their hash and checked at every read."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import structlog

from common.canonical import sha256

log = structlog.get_logger(__name__)


def read(folder: Path, digest: str) -> bytes | None:
    """Return the bytes with a hash, or None when the cache has no intact copy."""
    path = _path(folder, digest)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        log.warning("source_cache_unreadable", path=str(path), problem=str(error))
        return None
    if sha256(content) != digest:
        log.error("source_cache_tampered", path=str(path))
        return None
    return content


def write(folder: Path, content: bytes) -> None:
    """Keep some bytes; readers see them whole or not at all.

    A full or read-only disk costs speed and nothing else, so it is logged and not raised.
    """
    path = _path(folder, sha256(content))
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _replace(path, content)
    except OSError as error:
        log.warning("source_cache_unwritable", path=str(path), problem=str(error))


def _replace(path: Path, content: bytes) -> None:
    descriptor, fresh = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.replace(fresh, path)
    except BaseException:
        os.unlink(fresh)
        raise


def _path(folder: Path, digest: str) -> Path:
    return folder / digest[:2] / f"{digest}.py"
