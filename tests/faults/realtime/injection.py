"""How the faults of a realtime run are brought about."""

from __future__ import annotations

import shutil
import signal
import time
from functools import partial
from pathlib import Path

import psycopg

from tests.faults import http_proxy
from tests.faults.injection import FaultInjector, send_signal
from tests.faults.realtime.freezing import stop_at_work, wake
from tests.faults.realtime.plan import Fault
from tests.process_tree import Seen, children

# Longer than a member of the group may be silent: others take over meanwhile.
FROZEN_SECONDS = 6.0
# Longer than a lease lasts, is found to be over and its run is repeated by another worker.
WORKER_FROZEN_SECONDS = 12.0
STORE_SECONDS = 3.0
KILLED = {
    Fault.WORKER_KILLED: "worker",
    Fault.OTHER_WORKER_KILLED: "worker-2",
    Fault.REALTIME_KILLED: "realtime",
    Fault.OTHER_REALTIME_KILLED: "realtime-2",
    Fault.RELAY_KILLED: "relay",
    Fault.LIVE_KILLED: "web",
    Fault.REDIS_KILLED: "valkey",
}
FROZEN_AT_WORK = {
    Fault.WORKER_FROZEN: "worker",
    Fault.OTHER_WORKER_FROZEN: "worker-2",
}
FROZEN = {
    Fault.REALTIME_FROZEN: "realtime",
    Fault.OTHER_REALTIME_FROZEN: "realtime-2",
    Fault.RELAY_FROZEN: "relay",
    Fault.LIVE_FROZEN: "web",
}
CHILDREN = {
    Fault.FIRST_CHILD_KILLED: 0,
    Fault.SECOND_CHILD_KILLED: 1,
    Fault.THIRD_CHILD_KILLED: 2,
}


def _of_the_queue(pid: int) -> list[Seen]:
    # A worker's other children are its sandbox.
    return [child for child in children(pid) if b"run_cluster" in _command_of(child)]


def _parts_of_the_queue(worker: int) -> tuple[list[Seen], list[Seen], list[Seen]]:
    # The watchdog's child is the cluster, its child the sentinel, whose are all the others.
    cluster = _of_the_queue(worker)
    sentinel = _of_the_queue(cluster[0].pid) if cluster else []
    return cluster, sentinel, _of_the_queue(sentinel[0].pid) if sentinel else []


def _command_of(process: Seen) -> bytes:
    try:
        return Path(f"/proc/{process.pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


class RealtimeInjector(FaultInjector):
    """Brings about what a realtime run has to live through."""

    def inject(self, fault: Fault) -> float | None:
        """Bring a fault about and return when it hit; None: nothing is there to be hit just now."""
        if fault in FROZEN_AT_WORK:
            return self._freeze_at_work(FROZEN_AT_WORK[fault])
        now = time.monotonic()
        return now if self._inject_at_once(fault) else None

    def _inject_at_once(self, fault: Fault) -> bool:
        if fault in KILLED:
            return self.kill(KILLED[fault])
        if fault in FROZEN:
            return self.freeze(FROZEN[fault], seconds=FROZEN_SECONDS)
        if fault is Fault.REDIS_FLUSHED:
            return self.flush_redis()
        if fault is Fault.POSTGRES_STOPPED:
            return self.stop_postgres_at_once()
        if fault is Fault.STORE_UNAVAILABLE:
            return self._take_the_store_from_a_new_worker()
        return self._kill_part_of_the_queue(fault)

    def is_whole(self) -> bool:
        """Tell whether everybody who was killed is at work again, so that one fault is one."""
        workers = [self.topology.process(name) for name in ("worker", "worker-2")]
        return all(
            worker is not None and len(_parts_of_the_queue(worker.pid)[2]) == len(CHILDREN)
            for worker in workers
        )

    def _freeze_at_work(self, name: str) -> float | None:
        family = self._family(name)
        if not family:
            return None
        try:
            with self.topology.connect_to_postgres() as session:
                stopped_at = stop_at_work(family, session)
        except psycopg.OperationalError:
            return None
        if stopped_at is not None:
            self.later(stopped_at + WORKER_FROZEN_SECONDS - time.monotonic(), partial(wake, family))
        return stopped_at

    def _kill_part_of_the_queue(self, fault: Fault) -> bool:
        worker = self.topology.process("worker")
        if worker is None:
            return False
        cluster, sentinel, others = _parts_of_the_queue(worker.pid)
        if len(others) < len(CHILDREN):
            return False
        if fault in CHILDREN:
            hit = others[CHILDREN[fault]]
        else:
            hit = cluster[0] if fault is Fault.CLUSTER_KILLED else sentinel[0]
        send_signal(signal.SIGKILL, hit)
        return True

    def _take_the_store_from_a_new_worker(self) -> bool:
        store, cache = self.topology.store, self.topology.script_cache
        if store is None or not self.kill("worker"):
            return False
        # What a worker has fetched once it keeps; a new one on a new machine has nothing.
        shutil.rmtree(cache, ignore_errors=True)
        store.plan = lambda method, path, time: http_proxy.Fault.UNAVAILABLE

        def give_back() -> None:
            store.plan = lambda method, path, time: None

        self.later(STORE_SECONDS, give_back)
        return True
