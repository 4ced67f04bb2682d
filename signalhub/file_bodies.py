"""Requests that bring a file: larger than others, kept on disk, and few at a time."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.conf import settings

from common.in_flight import RETRY_SECONDS, ServerBusy

TAKING_FILES = frozenset({"/api/v2/market/uploads", "/admin/market/upload/add/"})
FORM_BYTES = 64 * 1024  # what a form has around its file
PIECE = 64 * 1024

_lock = threading.Lock()
_taken: Counter[int] = Counter()  # by the id of their sender


def takes_file(path: str) -> bool:
    """Tell whether an address takes files."""
    return path in TAKING_FILES


def body_bytes_of(path: str) -> int:
    """Return how long a body that is sent to an address may be."""
    if takes_file(path):
        return int(settings.UPLOAD_MAX_BYTES) + FORM_BYTES
    return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


def body_seconds_of(path: str) -> float:
    """Return how long it may take to send a body to an address."""
    return float(settings.UPLOAD_SECONDS if takes_file(path) else settings.HTTP_BODY_SECONDS)


@contextmanager
def place_for_file(sender: int) -> Iterator[None]:
    """Hold a place for somebody's file from its first byte to the answer, or raise ServerBusy.

    However slowly their files come in, they leave places for others.
    """
    with _lock:
        is_full = _taken.total() >= settings.UPLOADS_AT_ONCE
        if is_full or _taken[sender] >= settings.UPLOADS_AT_ONCE_OF_A_SENDER:
            raise ServerBusy(retry_after_seconds=RETRY_SECONDS)
        _taken[sender] += 1
    try:
        yield
    finally:
        with _lock:
            _taken[sender] -= 1
            if not _taken[sender]:
                del _taken[sender]


async def body_on_disk(receive: Any) -> IO[bytes] | None:
    """Return a request's body as a file, or None when its sender went away before the end of it."""
    file: IO[bytes] = SpooledTemporaryFile(max_size=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)  # noqa: SIM115  whoever reads it closes it
    while True:
        message = await receive()
        if message["type"] != "http.request":
            file.close()
            return None
        file.write(message.get("body", b""))
        if not message.get("more_body", False):
            file.seek(0)
            return file


def without_body(receive: Any) -> Any:
    """Return a ``receive`` that says an empty body, and of what comes only that it is over."""
    said: list[bool] = []

    async def say() -> Any:
        if not said:
            said.append(True)
            return {"type": "http.request", "body": b"", "more_body": False}
        while (message := await receive())["type"] == "http.request":
            pass
        return message

    return say


def said_again(file: IO[bytes], receive: Any) -> Any:
    """Return a ``receive`` that says a file piece by piece, and then what comes after it."""
    is_over = False

    async def say() -> Any:
        nonlocal is_over
        if is_over:
            return await receive()
        piece = file.read(PIECE)
        is_over = len(piece) < PIECE
        return {"type": "http.request", "body": piece, "more_body": not is_over}

    return say
