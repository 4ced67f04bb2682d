"""How each fault is brought about in a running platform."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg
import redis

from tests.faults.plan import Fault
from tests.faults.topology import Topology
from tests.process_tree import Seen, descendants, processes

FROZEN_SECONDS = 2.5  # longer than a sender waits for its answer
SILENT_SECONDS = 12.0  # longer than anybody waits for an answer from PostgreSQL or Redis
SLOW_SECONDS = 2.0
SLOW_EACH_SECONDS = 0.01
ANSWERS_LOST = 12
COMMITS_LOST = 4
# What the bytes of the statement that makes a signal durable hold: itself, or a signal's payload.
COMMITS = (b"COMMIT", b"levels")
A_SESSION = """
    SELECT pid FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND usename = 'signalhub'
    ORDER BY backend_start LIMIT 1
"""
KILLED = {
    Fault.WEB_KILLED: "web",
    Fault.RELAY_KILLED: "relay",
    Fault.WORKER_KILLED: "worker",
    Fault.REDIS_KILLED: "valkey",
}
FROZEN = {
    Fault.WEB_FROZEN: "web",
    Fault.RELAY_FROZEN: "relay",
    Fault.POSTGRES_FROZEN: "postgres",
}


@dataclass
class FaultInjector:
    """Brings about what hits whole processes and servers, and ends what lasts."""

    topology: Topology
    _ends: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def is_quiet(self) -> bool:
        """Tell whether no fault lasts any more."""
        return not self._ends

    def look_after(self) -> None:
        """End the faults whose time is over."""
        now = time.monotonic()
        due = [end for at, end in self._ends if at <= now]
        self._ends = [(at, end) for at, end in self._ends if at > now]
        for end in due:
            end()

    def end_all(self) -> None:
        """End every fault that lasts."""
        for _, end in self._ends:
            end()
        self._ends.clear()

    def kill(self, name: str) -> bool:
        """Kill a program's process and all it started; False: it is away."""
        family = self._family(name)
        for process in family:
            send_signal(signal.SIGKILL, process)
        return bool(family)

    def freeze(self, name: str, *, seconds: float) -> bool:
        """Stop a program's process and all it started for a while; False: it is away."""
        family = self._family(name)
        for process in family:
            send_signal(signal.SIGSTOP, process)

        def thaw() -> None:
            for process in family:
                send_signal(signal.SIGCONT, process)

        self.later(seconds, thaw)
        return bool(family)

    def stop_postgres_at_once(self) -> bool:
        """Shut PostgreSQL down immediately: no session ends in order, the next start recovers."""
        family = self._family("postgres")
        for process in family[:1]:
            send_signal(signal.SIGQUIT, process)
        return bool(family)

    def flush_redis(self) -> bool:
        """Empty Redis; False: it is away."""
        client = self.topology.connect_to_redis()
        try:
            client.flushall()
        except redis.RedisError:
            return False
        finally:
            client.close()
        return True

    def later(self, seconds: float, end: Callable[[], None] = lambda: None) -> None:
        """Let something that lasts end after a while."""
        self._ends.append((time.monotonic() + seconds, end))

    def _family(self, name: str) -> list[Seen]:
        """Return a program's process, then all it started; nothing while it is away."""
        program = self.topology.process(name)
        found = processes()
        if program is None or program.pid not in found:
            return []
        return [found[program.pid], *descendants(program.pid)]


class Injector(FaultInjector):
    """Brings about what the platform has to live through that takes signals in."""

    def inject(self, fault: Fault) -> bool:
        """Bring a fault about; False: what it is to hit is away just now."""
        if fault in KILLED:
            return self.kill(KILLED[fault])
        if fault in FROZEN:
            return self.freeze(FROZEN[fault], seconds=FROZEN_SECONDS)
        if fault is Fault.POSTGRES_STOPPED:
            return self.stop_postgres_at_once()
        if fault is Fault.BACKEND_KILLED:
            return self._kill_a_session()
        if fault is Fault.REDIS_FLUSHED:
            return self.flush_redis()
        self._disturb(fault)
        return True

    def _kill_a_session(self) -> bool:
        try:
            with self.topology.connect_to_postgres() as session:
                found = session.execute(A_SESSION).fetchone()
        except psycopg.OperationalError:
            return False
        if found is None:
            return False
        os.kill(found[0], signal.SIGKILL)
        return True

    def _disturb(self, fault: Fault) -> None:
        links = self.topology.links
        match fault:
            case Fault.SENDERS_RESET:
                links.senders_to_web.reset()
                links.subscriber_to_web.reset()
            case Fault.ANSWERS_LOST:
                links.senders_to_web.lose_answers(ANSWERS_LOST)
            case Fault.COMMITS_UNKNOWN:
                links.web_to_postgres.lose_answers(COMMITS_LOST, to=COMMITS)
            case Fault.POSTGRES_RESET:
                links.web_to_postgres.reset()
                links.relay_to_postgres.reset()
            case Fault.POSTGRES_SILENT:
                links.web_to_postgres.go_silent(SILENT_SECONDS)
                self.later(SILENT_SECONDS)
            case Fault.POSTGRES_SLOW:
                links.web_to_postgres.delay(SLOW_EACH_SECONDS, lasting_seconds=SLOW_SECONDS)
                self.later(SLOW_SECONDS)
            case Fault.REDIS_RESET:
                links.web_to_redis.reset()
                links.relay_to_redis.reset()
            case Fault.REDIS_SILENT:
                links.web_to_redis.go_silent(SILENT_SECONDS)
                links.relay_to_redis.go_silent(SILENT_SECONDS)
                self.later(SILENT_SECONDS)
            case _:
                raise AssertionError(f"nothing brings about: {fault}")


def send_signal(number: signal.Signals, process: Seen) -> None:
    """Send a signal to a process that is still the one that was seen."""
    if process.is_alive:
        with suppress(ProcessLookupError):
            os.kill(process.pid, number)
