"""What reads were answered with, each kept once under its digest for as long as it is used.

A content notes when it was last used, to a day. That keeps the use of an old content from racing
its removal: a content is removed a whole day after it could last have been counted as fresh, and
using one that is not fresh locks its row.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import connection, transaction

from common.errors import NotFound
from gateway import packing
from gateway.models import ReadContent
from gateway.packing import Content, ContentAltered
from gateway.requests import GatewayReply

FRESH = timedelta(days=1)  # a later use is not worth a write
_COMPRESSION = 6
# By hand: this is done at the end of every run, and the ORM would take as long as the database.
_FRESH = "SELECT sha256 FROM gateway_readcontent WHERE sha256 = ANY(%s) AND used_at > %s"
_KEEP = """
    INSERT INTO gateway_readcontent (used_at, sha256, kind, body, size_bytes)
    SELECT %s, * FROM unnest(%s::varchar[], %s::varchar[], %s::bytea[], %s::int[])
    ON CONFLICT (sha256) DO UPDATE SET used_at = EXCLUDED.used_at
"""


class ContentGone(NotFound):
    """The content of a read is not kept any more."""

    code = "content_gone"


def keep(contents: Iterable[Content], *, now: datetime) -> None:
    """Store what is not stored yet, and note the use of the rest, in the caller's transaction."""
    wanted = {content.sha256: content for content in contents}
    if not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute(_FRESH, [list(wanted), now - FRESH])
        missing = wanted.keys() - {digest for (digest,) in cursor}
        # In one order, so that two transactions that store the same never wait for each other.
        rows = [_row(wanted[digest]) for digest in sorted(missing)]
        if rows:
            cursor.execute(_KEEP, [now, *map(list, zip(*rows, strict=True))])


def load(digest: str) -> GatewayReply:
    """Return an answer, proven to be the one with this digest.

    Raises
    ------
    ContentGone
        It, or a piece of it, is not kept any more.
    ContentAltered
        What is stored is not what was read.
    """
    rows = _raw([digest])
    kind, raw = rows[digest]
    if kind == "value":
        return packing.value_of(digest, raw)
    if kind != "table":
        raise ContentAltered
    pieces = _raw(packing.pieces_of(raw))
    return packing.table_of(digest, raw, {name: piece for name, (_, piece) in pieces.items()})


@transaction.atomic
def prune(*, unused_since: datetime, limit: int) -> int:
    """Remove at most ``limit`` contents that nothing has used since an instant.

    A content that is being used again at this moment is skipped or, once that is committed, seen
    to be in use.
    """
    stale = ReadContent.objects.filter(used_at__lt=unused_since).order_by("used_at")
    locked = stale.select_for_update(skip_locked=True).values("pk")[:limit]
    removed, _ = ReadContent.objects.filter(
        pk__in=list(locked.values_list("pk", flat=True))
    ).delete()
    return removed


def _row(content: Content) -> tuple[str, str, bytes, int]:
    body = zlib.compress(content.raw, _COMPRESSION)
    return content.sha256, content.kind, body, len(content.raw)


def _raw(digests: Iterable[str]) -> Mapping[str, tuple[str, bytes]]:
    wanted = set(digests)
    rows = ReadContent.objects.filter(pk__in=wanted).values_list("sha256", "kind", "body")
    found = {name: (kind, _expanded(bytes(body))) for name, kind, body in rows}
    if missing := wanted - found.keys():
        raise ContentGone(sha256=min(missing))
    return found


def _expanded(body: bytes) -> bytes:
    try:
        return zlib.decompress(body)
    except zlib.error:
        raise ContentAltered from None
