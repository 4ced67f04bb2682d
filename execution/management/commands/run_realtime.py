"""Realtime: market events become executions."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from common.stopping import StopRequest
from execution.realtime_process import RealtimeProcess


class Command(BaseCommand):
    help = "Create the executions that market events make due; run several to share the markets."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = StopRequest()
        stop.listen()
        RealtimeProcess(stop).run()
