"""Ending the demo: the processes it recorded and what those started, and nobody else's."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Collection
from contextlib import suppress

from signalhub.embedded.identity import ProcessIdentity, processes_of_installation
from signalhub.embedded.records import (
    SUPERVISOR,
    DemoPaths,
    installation_mark,
    read_identities,
    remove_records,
)

ORDERLY_STOP_SECONDS = 90.0
PATIENCE_SECONDS = 15.0
LOOK_AGAIN_SECONDS = 0.05


def stop_demo(paths: DemoPaths) -> int:
    """End every process of the demo and return how many there were."""
    if not paths.data.exists():
        return 0
    recorded = read_identities(paths)
    found = {identity for identity in recorded.values() if identity.is_running()}
    found |= set(processes_of_installation(installation_mark(paths)))

    supervisor = recorded.get(SUPERVISOR)
    if supervisor is not None:
        end([supervisor], signal.SIGTERM, seconds=ORDERLY_STOP_SECONDS)
    # What is left was orphaned: its supervisor was killed before it could end it.
    end(_left_over(paths), signal.SIGTERM, seconds=PATIENCE_SECONDS)
    end(_left_over(paths), signal.SIGKILL, seconds=PATIENCE_SECONDS)

    remove_records(paths)
    return len(found)


def end(identities: Collection[ProcessIdentity], number: signal.Signals, *, seconds: float) -> None:
    """Send a signal to processes that still are who they were, and wait for their end."""
    for identity in identities:
        send(identity, number)
    deadline = time.monotonic() + seconds
    while any(identity.is_running() for identity in identities) and time.monotonic() < deadline:
        time.sleep(LOOK_AGAIN_SECONDS)


def send(identity: ProcessIdentity, number: signal.Signals) -> None:
    """Send a signal to exactly this process, or to nobody."""
    with suppress(ProcessLookupError):
        descriptor = os.pidfd_open(identity.pid)
        try:
            # The descriptor holds one process; it is ours if it still is after being opened.
            if identity.is_running():
                signal.pidfd_send_signal(descriptor, number)
        finally:
            os.close(descriptor)


def _left_over(paths: DemoPaths) -> set[ProcessIdentity]:
    recorded = {one for one in read_identities(paths).values() if one.is_running()}
    return recorded | set(processes_of_installation(installation_mark(paths)))
