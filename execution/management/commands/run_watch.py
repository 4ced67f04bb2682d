"""Watch: what should have spoken, and how many workers there should be."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import redis
import structlog
from django.core.management.base import BaseCommand
from django.db import DatabaseError, InterfaceError, connection

from common.clock import utc_now
from common.stopping import StopRequest
from execution.services import alerts, scaling
from execution.services.silences import SilenceWatch

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
ADVISE_SECONDS = 15.0


class Command(BaseCommand):
    help = "Raise an alert for each stream that should have spoken, and advise how many workers."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = StopRequest()
        stop.listen()
        log.info("watch_started")
        # Beside the looks: a mail server that hangs must not make the next silence wait.
        with ThreadPoolExecutor(1, "mails") as mails:
            Rounds(mails).run(stop)


class Rounds:
    """One look after the other until told to stop."""

    def __init__(self, mails: ThreadPoolExecutor) -> None:
        self._silences = SilenceWatch()
        self._mails = mails
        self._advise_at = 0.0

    def run(self, stop: StopRequest) -> None:
        """Look, at even distances; without its servers it waits for them."""
        next_at = time.monotonic()
        while not stop.is_set:
            try:
                self._look()
            except (DatabaseError, InterfaceError) as error:
                log.warning("watch_waits", error=str(error).strip())
                connection.close()  # and with it the lead
            except redis.RedisError as error:
                log.warning("watch_waits", error=str(error).strip())
            next_at = max(next_at + LOOK_SECONDS, time.monotonic())
            stop.wait(next_at - time.monotonic())

    def _look(self) -> None:
        heard = self._silences.look(now=utc_now())
        if heard is None:
            return  # another one leads
        if heard.alerts:
            self._mails.submit(_mail, heard.alerts).add_done_callback(_complain)
        if time.monotonic() >= self._advise_at:
            self._advise_at = time.monotonic() + ADVISE_SECONDS
            scaling.advise(now=utc_now())


def _mail(pks: list[Any]) -> None:
    try:
        alerts.mail_together(pks)
    finally:
        connection.close()


def _complain(mailed: Future[None]) -> None:
    if (error := mailed.exception()) is not None:
        log.error("silences_not_mailed", error=str(error))
