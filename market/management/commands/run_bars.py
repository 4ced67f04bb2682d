"""Close bars by the clock, until told to stop."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from common.stopping import StopRequest
from market.bars_process import BarsProcess


class Command(BaseCommand):
    help = (
        "Close the bars whose time is over though no later tick came, once a second. Several may "
        "run side by side. SIGTERM ends it."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = StopRequest()
        stopping.listen()
        BarsProcess(stopping=stopping).run()
