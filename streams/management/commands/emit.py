from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from common.clock import utc_now
from streams.models import Stream
from streams.publishing import NewOutput, publish_outputs


class Command(BaseCommand):
    help = "Publish numbered outputs to a stream, each in a transaction of its own."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--stream", required=True, metavar="KEY")
        parser.add_argument("--count", type=int, required=True)
        parser.add_argument("--rate", type=float, help="Outputs a second; as fast as possible.")
        parser.add_argument("--json", action="store_true", help="Print the result as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        stream = Stream.objects.filter(key=options["stream"]).first()
        if stream is None:
            raise CommandError(f"There is no stream {options['stream']!r}.")
        if options["count"] < 1 or (options["rate"] is not None and options["rate"] <= 0):
            raise CommandError("--count and --rate are above zero.")
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
