"""Files that are sent while they are made: few at a time, for each holds a thread until it is read.

A reader may take as long as their connection does. However slowly they read, they leave threads
for whoever asks for a page.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from common.errors import RateLimited
from common.in_flight import ServerBusy

RETRY_SECONDS = 5

_lock = threading.Lock()
_under_way: Counter[int] = Counter()  # by the id of their reader


class TooManyDownloads(RateLimited):
    """As many files as you may have at once are on their way to you; let one of them end first."""

    code = "too_many_downloads"


@contextmanager
def place_for_download(reader: int) -> Iterator[None]:
    """Hold a place for a file from its first question to its last byte.

    Raises
    ------
    TooManyDownloads
        The reader has all of theirs.
    ServerBusy
        This process sends as many files as it can.
    """
    with _lock:
        if _under_way[reader] >= settings.DOWNLOADS_AT_ONCE_OF_A_READER:
            raise TooManyDownloads(
                allowed=settings.DOWNLOADS_AT_ONCE_OF_A_READER, retry_after_seconds=RETRY_SECONDS
            )
        if _under_way.total() >= settings.DOWNLOADS_AT_ONCE:
            raise ServerBusy(
                "This process sends as many files as it can; try again after Retry-After.",
                retry_after_seconds=RETRY_SECONDS,
            )
        _under_way[reader] += 1
    try:
        yield
    finally:
        with _lock:
            _under_way[reader] -= 1
            if not _under_way[reader]:
                del _under_way[reader]
