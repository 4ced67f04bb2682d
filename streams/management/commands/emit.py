from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts import audit
from common.clock import utc_now
from streams.models import Stream
from streams.publishing import NewOutput, publish_outputs


class Command(BaseCommand):
    help = (
        "Publish made-up outputs, the numbers from 1 on, to a stream, to try their delivery: "
        "each in a transaction of its own, marked in its metadata, and on record as a whole."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--stream", required=True, metavar="KEY")
        parser.add_argument("--count", type=int, required=True)
        parser.add_argument("--rate", type=float, help="Outputs a second; as fast as possible.")
        parser.add_argument(
            "--in-production",
            default="",
            metavar="REASON",
            help="In production the made-up numbers go to real subscribers, who cannot be told to "
            "forget them: there nothing is published without this, and the reason goes on record.",
        )
        parser.add_argument("--json", action="store_true", help="Print the result as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        stream = Stream.objects.filter(key=options["stream"]).first()
        if stream is None:
            raise CommandError(f"There is no stream {options['stream']!r}.")
        if options["count"] < 1 or (options["rate"] is not None and options["rate"] <= 0):
            raise CommandError("--count and --rate are above zero.")
        reason = options["in_production"].strip()
        if settings.PRODUCTION and not reason:
            raise CommandError(
                "These numbers are made up, and here subscribers act on them. If that is what you "
                "want, say why: --in-production REASON."
            )
        _put_on_record(stream, count=options["count"], reason=reason)
        started = time.monotonic()
        first = self._emit(stream, options["count"], options["rate"])
        seconds = time.monotonic() - started
        result = {
            "stream": stream.key,
            "epoch": stream.epoch,
            "first_seq": first,
            "last_seq": stream.seq,
            "count": options["count"],
            "seconds": round(seconds, 3),
        }
        if options["json"]:
            self.stdout.write(json.dumps(result))
        else:
            self.stdout.write(
                f"{result['count']} outputs, {first} to {stream.seq}, in {seconds:.2f} s"
            )

    def _emit(self, stream: Stream, count: int, rate: float | None) -> int:
        started, numbers = time.monotonic(), []
        for number in range(1, count + 1):
            now = utc_now()
            output = NewOutput(value=number, timestamp=now, metadata={"emitted": number})
            with transaction.atomic():
                numbers += [row.seq for row in publish_outputs(stream, [output], now=now)]
            if rate is not None:
                time.sleep(max(0.0, started + number / rate - time.monotonic()))
        return numbers[0]


# Before the first of them, so that no output is there without it, however this ends.
@transaction.atomic
def _put_on_record(stream: Stream, *, count: int, reason: str) -> None:
    house = stream.script.tenant if stream.script is not None else stream.tenant
    audit.record(
        "made_up_outputs_published",
        stream,
        chain=house.slug if house is not None else audit.PLATFORM_CHAIN,
        acting_user=None,
        now=utc_now(),
        after={"stream": stream.key, "count": count},
        reason=reason,
    )
