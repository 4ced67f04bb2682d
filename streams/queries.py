"""What streams hold. Reads only; may somebody read it is ``streams.access``."""

from __future__ import annotations

from datetime import datetime

from streams.models import Output, Stream


def latest_output(stream: Stream) -> Output | None:
    """Return the newest output, or None while there is none."""
    return Output.objects.filter(stream=stream).order_by("-seq").first()


def output_history(stream: Stream, *, as_of: datetime, limit: int) -> list[Output]:
    """Return the newest ``limit`` outputs about an instant not after ``as_of``, oldest first."""
    known = Output.objects.filter(stream=stream, timestamp__lte=as_of)
    return list(known.order_by("-timestamp", "-seq")[:limit])[::-1]


def outputs_after(stream: Stream | int, seq: int, limit: int) -> list[Output]:
    """Return up to ``limit`` outputs with a number above ``seq``, in order."""
    stream_id = stream if isinstance(stream, int) else stream.pk
    following = Output.objects.select_related("stream").filter(stream_id=stream_id, seq__gt=seq)
    return list(following.order_by("seq")[:limit])


def last_outputs(stream_id: int, *, up_to: int, limit: int) -> list[Output]:
    """Return the newest ``limit`` outputs with a number not above ``up_to``, oldest first."""
    known = Output.objects.select_related("stream").filter(stream_id=stream_id, seq__lte=up_to)
    return list(known.order_by("-seq")[:limit])[::-1]
