"""Requests that may be sent twice and act once: the Idempotency-Key header.

How to use it: put ``@idempotent`` on a view's ``post``, under ``@describe``::

    @describe(request=NewThing, responses={201: ThingReply}, raises=(NameTaken,))
    @idempotent
    def post(self, request: AuthenticatedRequest) -> Response: …

The change and its reply are stored in one transaction, so a handler must not rely on committing
on its way. One that waits for another process (a run) lets its service recognise the key and is
marked ``@idempotent_by_service``. A handler whose reply is itself a short-lived secret is neither:
a key or a ticket is never stored, and asking again makes another one.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection, transaction
from django.http import Http404
from django.http.request import RawPostDataException
from psycopg import errors as postgres
from rest_framework.exceptions import APIException, UnsupportedMediaType
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from accounts.authentication import AuthenticatedRequest
from accounts.models import KeptReply
from common import row_scope
from common.canonical import digest, sha256
from common.clock import utc_now
from common.errors import SignalHubError
from common.http import problems
from common.http.parsers import require_bounded_body
from common.idempotency_keys import (
    HEADER,
    IdempotencyKeyInUse,
    IdempotencyKeyReused,
    InvalidIdempotencyKey,
    require_usable_key,
)

REPLAYED_HEADER = "Idempotency-Replayed"
KEPT_HEADERS = ("Location", "ETag", "Cache-Control", "Retry-After")
# Nothing was done, and the answer depends on others than the caller: the next try may be let in.
NOT_KEPT = frozenset({401, 403, 404, 429})
EXPIRED_REMOVED_AT_ONCE = 20

View = TypeVar("View")
Arguments = ParamSpec("Arguments")
Handler = Callable[Concatenate[View, AuthenticatedRequest, Arguments], Response]


def idempotent(handler: Handler[View, Arguments]) -> Handler[View, Arguments]:
    """Let a handler act once per Idempotency-Key and user, and answer the same from then on."""

    @wraps(handler)
    def answer(
        view: View,
        request: AuthenticatedRequest,
        /,
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return handler(view, request, *args, **kwargs)
        require_usable_key(key)
        return _answer_once(request, key, lambda: handler(view, request, *args, **kwargs))

    return _marked(answer)


def idempotent_by_service(handler: Handler[View, Arguments]) -> Handler[View, Arguments]:
    """Mark a handler whose service recognises the key by itself."""
    return _marked(handler)


def _marked(handler: Handler[View, Arguments]) -> Handler[View, Arguments]:
    # What the API's document says of the handler.
    handler.idempotency_errors = (  # type: ignore[attr-defined]
        InvalidIdempotencyKey,
        IdempotencyKeyReused,
        IdempotencyKeyInUse,
    )
    handler.idempotent = True  # type: ignore[attr-defined]
    return handler


def _answer_once(request: AuthenticatedRequest, key: str, act: Callable[[], Response]) -> Response:
    request_sha256 = _fingerprint(request)
    now = utc_now()
    with transaction.atomic():
        kept = _claim(request, key, request_sha256, now=now)
        if kept.request_sha256 != request_sha256:
            raise IdempotencyKeyReused(field=HEADER)
        if kept.status is not None:
            return _replay(kept)
        reply = _outcome(act)
        if reply.status_code in NOT_KEPT or reply.status_code >= 500:
            transaction.set_rollback(True)
        else:
            _keep(kept, reply)
    return reply


def _claim(
    request: AuthenticatedRequest, key: str, request_sha256: str, *, now: datetime
) -> KeptReply:
    """Take a key, or return what another request took it for, once that one is done."""
    _forget_expired(request, key, now=now)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            # The unique index makes a second request of a key wait for the first one's commit.
            _wait_for_locks(cursor, f"{settings.IDEMPOTENCY_WAIT_SECONDS}s")
            kept, _ = KeptReply.objects.get_or_create(
                user=request.user,
                key=key,
                defaults={"request_sha256": request_sha256, "created_at": now},
            )
            _wait_for_locks(cursor, "0")
    except OperationalError as error:
        if not isinstance(error.__cause__, postgres.LockNotAvailable):
            raise
        raise IdempotencyKeyInUse(field=HEADER, retry_after_seconds=1) from None
    return kept


def _wait_for_locks(cursor: Any, limit: str) -> None:
    cursor.execute("SELECT set_config('lock_timeout', %s, true)", [limit])


def _forget_expired(request: AuthenticatedRequest, key: str, *, now: datetime) -> None:
    expired = KeptReply.objects.filter(
        created_at__lte=now - timedelta(hours=settings.IDEMPOTENCY_HOURS)
    )
    expired.filter(user=request.user, key=key).delete()
    # Who never comes back leaves rows behind; each newcomer takes a few of them away.
    with row_scope.within(row_scope.PLATFORM):
        others = expired.order_by("created_at").select_for_update(skip_locked=True)
        chosen = [row.pk for row in others[:EXPIRED_REMOVED_AT_ONCE]]
        KeptReply.objects.filter(pk__in=chosen).delete()


def _outcome(act: Callable[[], Response]) -> Response:
    try:
        with transaction.atomic():
            return act()
    except (SignalHubError, APIException, Http404, PermissionDenied) as error:
        refusal = problems.handle_exception(error, {})
        if refusal is None:
            raise
        return refusal


def _keep(kept: KeptReply, reply: Response) -> None:
    kept.status = reply.status_code
    kept.headers = {name: reply[name] for name in KEPT_HEADERS if name in reply}
    kept.body = "" if reply.data is None else JSONRenderer().render(reply.data).decode()
    kept.save(update_fields=["status", "headers", "body"])


def _replay(kept: KeptReply) -> Response:
    headers = {**kept.headers, REPLAYED_HEADER: "true"}
    data = json.loads(kept.body) if kept.body else None
    reply = Response(data, status=kept.status, headers=headers)
    if kept.status is not None and kept.status >= 400:
        reply.content_type = problems.CONTENT_TYPE
    return reply


def _fingerprint(request: AuthenticatedRequest) -> str:
    require_bounded_body(request.META)
    try:
        body = request.body
    except RawPostDataException:
        # A form that was read as one already: no address of the API takes forms.
        raise UnsupportedMediaType(request.content_type) from None
    return digest(
        {
            "method": request.method,
            "address": request.get_full_path(),
            "if_match": request.headers.get("If-Match", ""),
            "body": sha256(body),
        }
    )
