"""Places for what can wait: trials and evidence take at most half of a machine's workers."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from common.canonical import sha256


def how_many() -> int:
    """Return how many workers of this machine may make trials and evidence at a time."""
    return max(1, int(settings.Q_CLUSTER["workers"]) // 2)


def how_many_are_free() -> int:
    """Return how many places nobody has at this moment."""
    descriptor = _open()
    try:
        return sum(_take(descriptor, place) for place in range(how_many()))
    finally:
        os.close(descriptor)


@contextmanager
def taken() -> Iterator[bool]:
    """Have a place within the block; False when there is none.

    Whoever dies leaves theirs.
    """
    descriptor = _open()
    try:
        yield any(_take(descriptor, place) for place in range(how_many()))
    finally:
        os.close(descriptor)


def _open() -> int:
    # One file for all workers that share a queue on this machine, a byte of it for each place.
    name = sha256(f"{settings.BASE_DIR} {settings.REDIS_URL}".encode())[:16]
    path = Path(tempfile.gettempdir()) / f"signalhub-{os.getuid()}-{name}.places"
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _take(descriptor: int, place: int) -> bool:
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
    except BlockingIOError:
        return False
    return True
