"""What streams hold. Reads only; may somebody read it is ``streams.access``."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from common.canonical import digest
from common.errors import NotFound
from registry.models import Product, Script
from streams.models import Output, Stream


class NoOutput(NotFound):
    """This script has put out nothing on this instrument yet."""

    code = "no_output"


class NoStream(NotFound):
    """This script does not run on this instrument yet."""

    code = "no_stream"


def latest_output(stream: Stream) -> Output | None:
    """Return the newest output, or None while there is none."""
    return Output.objects.filter(stream=stream).order_by("-seq").first()


def output_history(stream: Stream, *, as_of: datetime, limit: int) -> list[Output]:
    """Return the newest ``limit`` outputs that were known at an instant, oldest first.

    They are about that instant or an earlier one, and what put them out had a clock not after it:
    a run may say what was so before, and nobody knew that then.
    """
    known = Output.objects.filter(
        Q(as_of=None) | Q(as_of__lte=as_of), stream=stream, timestamp__lte=as_of
    )
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


def newest_instants(stream_ids: Collection[int]) -> dict[int, datetime]:
    """Return when the bar of each stream's newest output opened, or else its instant."""
    newest = Output.objects.filter(stream=OuterRef("pk"), seq=OuterRef("seq"))
    about = Subquery(newest.values(about=Coalesce("bar_opened_at", "timestamp")))
    streams = Stream.objects.filter(pk__in=stream_ids, seq__gt=0).annotate(about=about)
    return {pk: instant for pk, instant in streams.values_list("pk", "about") if instant}


def require_newest_output(
    script: Script,
    instrument_key: str,
    timeframe: str | None = None,
    params: Mapping[str, Any] | None = None,
    *,
    product_id: UUID | None = None,
) -> Output:
    """Return the newest output of a script on an instrument, of any timeframe and params not given.

    With a product, of what was computed for that product's subscribers.

    Raises
    ------
    NoOutput
        There is none yet.
    """
    streams = _streams_on(script, instrument_key, timeframe, params, product_id)
    newest = _newest_of(streams)
    if newest is None:
        raise NoOutput(
            f"{script.name} has put out nothing on {instrument_key} yet.",
            script_id=str(script.pk),
            instrument_key=instrument_key,
        )
    return newest


def require_streams(
    script: Script,
    instrument_key: str,
    timeframe: str | None = None,
    params: Mapping[str, Any] | None = None,
    *,
    product_id: UUID | None = None,
) -> list[Stream]:
    """Return the streams of a script on an instrument, of any timeframe and params not given.

    With a product, those of that product.

    Raises
    ------
    NoStream
        The script does not run on the instrument.
    """
    streams = list(_streams_on(script, instrument_key, timeframe, params, product_id))
    if not streams:
        raise NoStream(
            f"{script.name} does not run on {instrument_key} yet; "
            f"POST /scripts/{script.pk}/subscribe starts it.",
            script_id=str(script.pk),
            instrument=instrument_key,
        )
    return streams


def streams_of(scripts: QuerySet[Script], *, instruments: Sequence[str] = ()) -> QuerySet[Stream]:
    """Return the scripts' own streams, on some instruments or on all."""
    streams = Stream.objects.filter(script__in=scripts, product=None)
    streams = streams.select_related("script__current_version")
    return streams.filter(instrument_key__in=instruments) if instruments else streams


def public_streams(*, instruments: Sequence[str] = ()) -> QuerySet[Stream]:
    """Return the streams of prices, which are for everybody, of some instruments or of all."""
    streams = Stream.objects.filter(public=True, key__startswith="public:")
    return streams.filter(instrument_key__in=instruments) if instruments else streams


def usual_common_streams(*, instruments: Sequence[str] = ()) -> QuerySet[Stream]:
    """Return the streams of indicators that every instrument has, of some or of all."""
    streams = Stream.objects.filter(public=True, key__startswith="common:", followed_at=None)
    return streams.filter(instrument_key__in=instruments) if instruments else streams


def streams_of_products(
    product_ids: Sequence[UUID], *, instruments: Sequence[str] = ()
) -> list[tuple[Stream, Product]]:
    """Return the streams of some products, each with its product."""
    streams = Stream.objects.filter(product__in=product_ids).select_related("product")
    if instruments:
        streams = streams.filter(instrument_key__in=instruments)
    return [(stream, stream.product) for stream in streams if stream.product is not None]


# A stream's row says its newest number. Without it the index of all outputs is walked backwards,
# over whatever other streams have put out since, and each of those rows pays the row policy.
def _newest_of(streams: QuerySet[Stream]) -> Output | None:
    last = Output.objects.filter(stream=OuterRef("pk"), seq=OuterRef("seq"))
    found = streams.filter(seq__gt=0).annotate(newest_pk=Subquery(last.values("pk")))
    newest = max(found, key=lambda stream: stream.newest_pk or 0, default=None)
    if newest is None:
        return None
    return Output.objects.select_related("stream").filter(stream=newest, seq=newest.seq).first()


def _streams_on(
    script: Script,
    instrument_key: str,
    timeframe: str | None,
    params: Mapping[str, Any] | None,
    product_id: UUID | None,
) -> QuerySet[Stream]:
    if "\x00" in instrument_key:
        return Stream.objects.none()  # the database refuses to be asked for it
    streams = Stream.objects.filter(
        script=script, product=product_id, instrument_key=instrument_key
    )
    if timeframe is not None:
        streams = streams.filter(timeframe=timeframe)
    if params is not None:
        streams = streams.filter(params_sha256=digest(dict(params)))
    return streams
