"""What the doors counted, and the load, in Prometheus' words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from execution.scheduling.backpressure import Load
from execution.scheduling.load_shedding import shares_at
from execution.services.doors import Doors

COUNTERS = {
    "shed": ("Requests turned away by load.", "priority"),
    "limited": ("Requests, reads and messages beyond a limit.", "limit"),
    "limits_counted_alone": ("Limits that a process counted without Redis.", ""),
    "server_busy": ("Requests for which a process had no place.", ""),
    "database_busy": ("Requests for which the database had no room.", ""),
}


class DoorCollector(Collector):
    """Puts the load and the doors of all processes into Prometheus' words."""

    def __init__(self, load: Load, doors: Sequence[Doors]) -> None:
        self._load = load
        self._doors = doors

    def collect(self) -> Iterator[Metric]:
        """Yield the load, what it is made of, what is shed at it, and each counter."""
        yield GaugeMetricFamily("signalhub_load", "Load from 0 to 1.", value=self._load.value)
        parts = GaugeMetricFamily(
            "signalhub_load_part", "Load by what is measured.", labels=("input",)
        )
        for name, value in self._load.parts.items():
            parts.add_metric((name,), value)
        yield parts
        shares = GaugeMetricFamily(
            "signalhub_shed_share", "Share of each kind turned away now.", labels=("priority",)
        )
        for kind, share in shares_at(self._load.value).items():
            shares.add_metric((kind,), share)
        yield shares
        for event, (text, label) in COUNTERS.items():
            yield self._counter(event, text, label)

    def _counter(self, event: str, text: str, label: str) -> Metric:
        labels = ("process", label) if label else ("process",)
        family = CounterMetricFamily(f"signalhub_doors_{event}", text, labels=labels)
        for one in self._doors:
            for (name, what), count in one.counts.items():
                if name == event:
                    family.add_metric((one.process, what) if label else (one.process,), count)
        return family
