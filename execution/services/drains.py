"""Take a machine out of work: its workers start nothing new, finish what they run, and stop.

Who is drained stands in the database; how far a worker has come with it, it says itself, to Redis.
"""

from __future__ import annotations

import json
import os
import socket
import time
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from accounts.platform import require_platform_operator
from common import row_scope
from common.errors import Conflict, NotFound
from execution import queue
from execution.models import Drain
from execution.services import isolation

KEY = "signalhub:workers"
FORGOTTEN_SECONDS = 120.0


class NoSuchMachine(NotFound):
    """No worker of such a machine has been heard of lately."""

    code = "no_such_machine"


class AlreadyDrained(Conflict):
    """This machine takes no new work already."""

    code = "already_drained"


class NotDrained(Conflict):
    """This machine is not being drained."""

    code = "not_drained"


@dataclass(frozen=True, kw_only=True)
class Worker:
    """What one worker said of itself last; ``state``: working, draining, drained or stopped."""

    machine: str
    process: int
    state: str
    heard_at: float


@row_scope.for_the_platform
@transaction.atomic
def drain_machine(machine: str, *, acting_user: User, reason: str, now: datetime) -> Drain:
    """Let the workers of a machine start nothing new.

    Raises
    ------
    PlatformOperatorRequired
        The acting user operates one house at most, and its workers run for all.
    NoSuchMachine
        None of them has been heard of.
    AlreadyDrained
        They were told before.
    """
    require_platform_operator(acting_user)
    if machine not in {worker.machine for worker in workers()} | isolation.known_machines():
        raise NoSuchMachine(machine=machine)
    try:
        with transaction.atomic():
            drain = Drain.objects.create(
                machine=machine, reason=reason, placed_by=acting_user, placed_at=now
            )
    except IntegrityError:
        raise AlreadyDrained(machine=machine) from None
    _audit("machine_drained", drain, acting_user=acting_user, reason=reason, now=now)
    return drain


@row_scope.for_the_platform
@transaction.atomic
def resume_machine(machine: str, *, acting_user: User, reason: str, now: datetime) -> Drain:
    """Let the workers of a machine go on, or raise NotDrained or PlatformOperatorRequired."""
    require_platform_operator(acting_user)
    drain = Drain.objects.select_for_update().filter(machine=machine, lifted_at=None).first()
    if drain is None:
        raise NotDrained(machine=machine)
    drain.lifted_by, drain.lifted_at = acting_user, now
    drain.save(update_fields=["lifted_by", "lifted_at"])
    _audit("machine_resumed", drain, acting_user=acting_user, reason=reason, now=now)
    return drain


@row_scope.for_the_platform
def is_drained(machine: str) -> bool:
    """Tell whether a machine is to start nothing new."""
    return Drain.objects.filter(machine=machine, lifted_at=None).exists()


@row_scope.for_the_platform
def drained_machines() -> set[str]:
    """Return the machines that are to start nothing new."""
    return set(Drain.objects.filter(lifted_at=None).values_list("machine", flat=True))


def report(state: str) -> None:
    """Say how this worker stands; it is forgotten when it says nothing for a while."""
    worker = Worker(
        machine=socket.gethostname(), process=os.getpid(), state=state, heard_at=time.time()
    )
    with queue.connect() as client:
        client.hset(KEY, f"{worker.machine}:{worker.process}", json.dumps(asdict(worker)))
        client.expire(KEY, int(FORGOTTEN_SECONDS))


def workers() -> list[Worker]:
    """Return what every worker that was heard of lately said of itself, by machine."""
    oldest = time.time() - FORGOTTEN_SECONDS
    with queue.connect() as client:
        said = client.hgetall(KEY)
        found = {name: Worker(**json.loads(text)) for name, text in sorted(said.items())}
        if gone := [name for name, worker in found.items() if worker.heard_at < oldest]:
            client.hdel(KEY, *gone)
    return [worker for name, worker in found.items() if name not in gone]


def _audit(event: str, drain: Drain, *, acting_user: User, reason: str, now: datetime) -> None:
    drained = {"drained": event == "machine_drained"}
    audit.record(
        event,
        drain,
        chain=audit.PLATFORM_CHAIN,
        acting_user=acting_user,
        now=now,
        before={"drained": not drained["drained"]},
        after=drained,
        reason=reason,
    )
