"""Search whose copy of a product's outputs leaked, and keep what was found.

For the owner of the product's script and the operators of its tenant. What they paste is compared
and forgotten; that they searched, and what came of it, is audited.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from accounts import audit
from accounts.models import User
from common.errors import Conflict, TooLarge
from registry import product_access
from registry.models import Product, ProductSubscription
from streams import watermark
from streams.models import LeakSearch, LeakVerdict, Output, Stream
from streams.watermarks.detection import Finding, OurField, OurSeries, find_suspects
from streams.watermarks.embedding import MarkRefused, number_at
from streams.watermarks.leaks import Leak, read_leak
from streams.watermarks.rules import read_tolerances

SUSPECTS_KEPT = 100
AROUND = timedelta(days=14)  # times may be of another zone, or some rows off
Row = tuple[Any, datetime, dict[str, Any], dict[str, Any] | None]


class LeakTooLarge(TooLarge):
    """This is more than is searched at once; leave out some rows."""

    code = "leak_too_large"


class NothingToCompareWith(Conflict):
    """Marks cannot be compared: this installation has no secret that they were made with."""

    code = "nothing_to_compare_with"


def searches_readable_by(user: User) -> QuerySet[LeakSearch]:
    """Return the searches for leaks of the products that are a user's business."""
    searches = LeakSearch.objects.select_related("product", "stream", "searched_by")
    return searches.filter(product__in=product_access.products_managed_by(user))


def search_leak(
    product_id: UUID,
    text: str,
    *,
    acting_user: User | None,
    now: datetime,
    instrument_key: str = "",
) -> LeakSearch:
    """Compare leaked values with the marks of every subscription to a product.

    ``acting_user`` is None only for a trusted service of the platform.

    Raises
    ------
    registry.product_access.NoSuchProduct
        It is not the user's to search for; unknown ones look the same.
    LeakTooLarge, streams.watermarks.leaks.LeakNotReadable
        The text cannot be searched.
    NothingToCompareWith
        There is no secret.
    """
    product = _product(product_id, acting_user)
    if len(text.encode(errors="replace")) > settings.LEAK_TEXT_MAX_BYTES:
        raise LeakTooLarge(limit_bytes=settings.LEAK_TEXT_MAX_BYTES)
    leak = read_leak(text)
    streams = _streams(product, instrument_key)
    series = {stream.pk: found for stream in streams if (found := _series(stream, leak))}
    keys = _keys(product)
    finding = find_suspects(
        leak, list(series.values()), keys, probability=settings.LEAK_FALSE_ACCUSATION
    )
    verdict = finding.verdict if any(one.fields for one in series.values()) else "unmarked"
    stream_id = next((pk for pk, one in series.items() if one is finding.series), None)
    search = LeakSearch(
        product=product,
        stream_id=stream_id,
        searched_by=acting_user,
        searched_at=now,
        verdict=LeakVerdict(verdict),
        rows=finding.rows,
        matched=finding.matched,
        marked=finding.marked,
        needed=finding.needed,
        compared=len(keys),
        suspects=list(_kept(finding)),
    )
    return _keep(search, product, acting_user=acting_user, now=now)


@transaction.atomic
def _keep(
    search: LeakSearch, product: Product, *, acting_user: User | None, now: datetime
) -> LeakSearch:
    search.save(force_insert=True)
    accused = [one["subscription_id"] for one in search.suspects if one["accused"]]
    audit.record(
        "leak_searched",
        product,
        chain=product.script.tenant.slug,
        acting_user=acting_user,
        now=now,
        after={
            "search": str(search.pk),
            "verdict": search.verdict,
            "rows": search.rows,
            "subscriptions": search.compared,
            "accused": accused,
        },
    )
    return search


def _product(product_id: UUID, user: User | None) -> Product:
    products = Product.objects.all() if user is None else product_access.products_managed_by(user)
    found = products.select_related("script__tenant").filter(pk=product_id).first()
    if found is None:
        raise product_access.NoSuchProduct(product_id=str(product_id))
    return found


def _streams(product: Product, instrument_key: str) -> list[Stream]:
    streams = Stream.objects.filter(script=product.script_id, seq__gt=0)
    if instrument_key:
        streams = streams.filter(instrument_key=instrument_key)
    return list(streams.order_by("-seq")[: settings.LEAK_STREAMS_MAX])


def _keys(product: Product) -> dict[str, bytes]:
    # Whoever ever subscribed: an ended subscription's copies may leak later.
    ids = ProductSubscription.objects.filter(product=product).values_list("pk", flat=True)
    try:
        return {str(pk): watermark.subscription_key(str(pk)) for pk in ids}
    except MarkRefused:
        raise NothingToCompareWith() from None


def _series(stream: Stream, leak: Leak) -> OurSeries | None:
    rows = _rows(stream, leak)
    if not rows:
        return None
    place = watermark.place_of(stream)
    # Of several outputs about one instant the newest is what a reader is left with.
    newest = {row[1]: row for row in rows}
    ordered = [newest[at] for at in sorted(newest)]
    times = np.array([at.timestamp() for _, at, _, _ in ordered])
    cells = np.array([place.cell_of(at.isoformat()) for _, at, _, _ in ordered])
    return OurSeries(place, times, cells, tuple(_fields(ordered)))


def _rows(stream: Stream, leak: Leak) -> list[Row]:
    outputs = Output.objects.filter(stream=stream)
    if leak.times is not None and np.isfinite(leak.times).any():
        first, last = (
            datetime.fromtimestamp(float(edge), UTC)
            for edge in (np.nanmin(leak.times), np.nanmax(leak.times))
        )
        outputs = outputs.filter(timestamp__range=(first - AROUND, last + AROUND))
    newest = outputs.order_by("-seq")[: settings.LEAK_OUTPUTS_MAX]
    return list(newest.values_list("value", "timestamp", "metadata", "tolerance"))[::-1]


def _fields(rows: list[Row]) -> Iterator[OurField]:
    bodies = [{"value": value, "metadata": metadata} for value, _, metadata, _ in rows]
    tolerances = [read_tolerances(tolerance) for _, _, _, tolerance in rows]
    for path in dict.fromkeys(one.path for row in tolerances for one in row):
        values = np.full(len(rows), np.nan)
        moves = np.zeros(len(rows))
        for index, (body, row) in enumerate(zip(bodies, tolerances, strict=True)):
            number = number_at(body, path)
            if number is not None:
                values[index] = number
                steps = [one.shift_of(number) for one in row if one.path == path]
                moves[index] = float(sum(count * step for count, step in steps))
        yield OurField(".".join(path), values, moves)


def _kept(finding: Finding) -> Iterable[dict[str, Any]]:
    limit = np.log10(settings.LEAK_FALSE_ACCUSATION)
    for suspect in finding.suspects[:SUSPECTS_KEPT]:
        yield {
            "subscription_id": suspect.subscription_id,
            "agreeing": suspect.agreeing,
            "log10_p": round(suspect.log10_p, 2),
            "log10_adjusted": round(suspect.log10_adjusted, 2),
            "accused": bool(suspect.log10_adjusted <= limit),
        }
