"""The queue's cluster; ``run_worker`` starts and watches it."""

from __future__ import annotations

from typing import Any

from django_q import cluster
from django_q.management.commands import qcluster

from execution.cluster_guard import Guard


class Command(qcluster.Command):  # type: ignore[misc]
    help = "Run the queue's cluster in a process group of its own, as run_worker starts it."

    def handle(self, *args: Any, **options: Any) -> None:
        # The cluster finds its guard by this name, and takes no other.
        cluster.Sentinel = Guard
        super().handle(*args, **options)
