"""What the operations page shows, in Prometheus' words; what cannot be read is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import redis
import structlog
from django.conf import settings
from django.db import DatabaseError
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from common import row_scope
from common.breaker_rule import State
from common.errors import SignalHubError
from execution import liveness
from execution.models import DeadLetter, Silence
from execution.scheduling.scaling import Action
from execution.services import backlog, drains, scaling, shard_states
from market import intake_stream
from signalhub.operations import systems
from streams import cache, presence

STATES = {State.CLOSED: 0, State.HALF_OPEN: 1, State.OPEN: 2}
CHANGES = {Action.DOWN: -1, Action.NONE: 0, Action.UP: 1}
log = structlog.get_logger(__name__)


class OperationsCollector(Collector):
    """Reads queues, silences, breakers, machines, sockets, streams of events, and advice."""

    def __init__(self, *, now: datetime) -> None:
        self._now = now

    @row_scope.for_the_platform
    def _read(self) -> list[Metric]:
        found: list[Metric] = []
        readers: tuple[Callable[[], Iterator[Metric]], ...] = (
            self._queue,
            self._silences,
            self._breakers,
            self._machines,
            self._sockets,
            self._shards,
            self._intake,
            self._scaling,
        )
        for read in readers:
            try:
                found += list(read())
            except (redis.RedisError, DatabaseError, SignalHubError, OSError) as error:
                log.warning("metric_unread", reader=read.__name__, error=str(error))
        return found

    def collect(self) -> Iterator[Metric]:
        """Yield what can be read at this moment."""
        yield from self._read()

    def _queue(self) -> Iterator[Metric]:
        waiting = _gauge("queue_waiting", "Runs that wait for a worker.", "priority")
        oldest = _gauge("queue_oldest_seconds", "How long the oldest has waited.", "priority")
        for one in backlog.backlog(now=self._now):
            waiting.add_metric((str(one.priority),), one.count)
            oldest.add_metric((str(one.priority),), one.oldest_seconds)
        yield waiting
        yield oldest
        count, _ = backlog.trials_waiting(now=self._now)
        yield _gauge("trials_waiting", "Trials that wait for a worker.", value=count)

    def _silences(self) -> Iterator[Metric]:
        silent = Silence.objects.filter(ended_at=None).count()
        yield _gauge("silent_streams", "Streams that should have spoken by now.", value=silent)
        letters = DeadLetter.objects.filter(resolution="").count()
        yield _gauge("dead_letters", "Events, runs and entries that were given up.", value=letters)

    def _breakers(self) -> Iterator[Metric]:
        state = _gauge("breaker_state", "0 closed, 1 half-open, 2 open.", "system")
        failures = _gauge("breaker_failures", "Failures, forgotten after a quiet day.", "system")
        for one in systems.own_systems():
            state.add_metric((one.name,), STATES[one.state])
            failures.add_metric((one.name,), one.failures)
        yield state
        yield failures
        # Of subscribers' receivers there may be any number, and each names its subscriber.
        hosts = _gauge("delivery_hosts", "Hosts of receivers, by how they stand.", "state")
        counts = systems.receivers_hosts_by_state()
        for known in State:
            hosts.add_metric((known.value,), counts[known])
        yield hosts

    def _machines(self) -> Iterator[Metric]:
        drained = _gauge("machine_drained", "1: takes no new work.", "machine")
        wanted = drains.drained_machines()
        for name in sorted({worker.machine for worker in drains.workers()} | wanted):
            drained.add_metric((name,), int(name in wanted))
        yield drained
        silent = _gauge(
            "worker_progress_age_seconds", "Since its cluster last finished something.", "worker"
        )
        for name, seconds in sorted(liveness.seconds_since_progress().items()):
            silent.add_metric((name,), seconds)
        yield silent

    def _sockets(self) -> Iterator[Metric]:
        sockets = _gauge("sockets_open", "Open sockets.", "process")
        with cache.connect(settings.REDIS_URL) as client:
            for one in presence.known(client):
                sockets.add_metric((one.name,), one.crowd.sockets)
        yield sockets

    def _shards(self) -> Iterator[Metric]:
        unread = _gauge("market_events_unread", "Market events nobody has read.", "shard")
        owned = _gauge("market_shard_owned", "1: a process looks after it.", "shard")
        for one in shard_states.shard_states():
            unread.add_metric((str(one.shard),), one.unread)
            owned.add_metric((str(one.shard),), int(bool(one.owner)))
        yield unread
        yield owned

    def _intake(self) -> Iterator[Metric]:
        found = intake_stream.depth()
        yield _gauge("intake_waiting", "Entries that are not recorded yet.", value=found.entries)
        yield _gauge(
            "intake_oldest_seconds", "How long the oldest has waited.", value=found.oldest_seconds
        )

    def _scaling(self) -> Iterator[Metric]:
        found = scaling.current_recommendation(now=self._now)
        yield _gauge("scaling_score", "Above 0.7 more workers are needed.", value=found.score)
        yield _gauge("scaling_pods", "Machines that run scripts.", value=found.pods)
        yield _gauge(
            "scaling_recommended_pods", "How many there should be.", value=found.recommended_pods
        )
        yield _gauge("scaling_action", "-1 down, 0 none, 1 up.", value=CHANGES[found.action])
        reading = _gauge("scaling_reading", "What the score is made of.", "input")
        for one in found.readings:
            reading.add_metric((one.name,), one.value)
        yield reading


def _gauge(
    name: str, text: str, label: str | None = None, *, value: float | None = None
) -> GaugeMetricFamily:
    labels = (label,) if label else None
    return GaugeMetricFamily(f"signalhub_{name}", text, labels=labels, value=value)
