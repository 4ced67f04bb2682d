"""The sender as the run sees it: told how far to go, it tells how far it is."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from signalhub.embedded.topology import ROOT
from tests.faults.realtime.expected import Arrival


class Feed:
    """A sender in a process of its own; ``sent`` ticks are recorded, at known times."""

    def __init__(self, count: int, *, seed: int, environment: Mapping[str, str], log: Path) -> None:
        self.sent = 0
        self.arrivals: list[Arrival] = []
        self._released = 0
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.realtime.sender", str(count), str(seed)],
                cwd=ROOT,
                env={**environment, "DJANGO_SETTINGS_MODULE": "signalhub.settings.base"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self._reader = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Self:
        self._reader.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        self._process.terminate()
        self._process.wait()
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def release(self, count: int) -> None:
        """Let the sender go on until so many ticks are recorded."""
        if count <= self._released:
            return
        self._released = count
        assert self._process.stdin is not None
        self._process.stdin.write(f"{count}\n")
        self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            sent, began_at, ended_at = line.split()
            self.arrivals.append(Arrival(int(sent), float(began_at), float(ended_at)))
            self.sent = int(sent)
