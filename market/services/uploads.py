"""Files of ticks or bars: taken in, put into the object store, and handed to a worker."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import IO
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django_q.tasks import async_task

from accounts import audit
from accounts.models import User
from common.errors import InvalidInput, NotFound, TooLarge
from common.idempotency_keys import IdempotencyKeyReused, require_usable_key
from common.ids import uuid7
from market.models import Upload, UploadKind, UploadState
from market.services.roles import require_may_feed
from registry import storage

FOLDER = "uploads/"
TASK = "execution.tasks.work_upload"
PIECE = 64 * 1024
NAME_MAX = 120
# A queued file that nobody has taken after this long was lost on its way.
QUEUED_GRACE = timedelta(seconds=15)


class UploadTooLarge(TooLarge):
    """The file is larger than allowed; cut it into parts, or send it as Parquet."""

    code = "upload_too_large"


class UploadEmpty(InvalidInput):
    """The file is empty."""

    code = "upload_empty"


class NoSuchUpload(NotFound):
    """There is no such upload, or you may not know of it."""

    code = "no_such_upload"


def begin_upload(
    file: IO[bytes],
    *,
    kind: UploadKind,
    name: str,
    idempotency_key: str | None = None,
    acting_user: User,
    now: datetime,
) -> Upload:
    """Take a file in and hand it to a worker; one sent again under its key is the same upload.

    Raises
    ------
    PlatformOperatorRequired
        The acting user operates one house at most, and prices are every house's.
    UploadTooLarge, UploadEmpty
    IdempotencyKeyReused
        The key stands for another file.
    ObjectStoreDown
        It could not be kept; nothing of it is.
    """
    require_may_feed(acting_user)
    if idempotency_key is not None:
        require_usable_key(idempotency_key)
    content = _content_of(file)
    upload = Upload(
        id=uuid7(),
        kind=kind,
        name=_printable(name) or f"{kind}.csv",
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        uploaded_by=acting_user,
        uploaded_at=now,
        idempotency_key=idempotency_key,
    )
    return _first_of(upload) or _keep(upload, content, now=now)


def find_upload(upload_id: UUID, *, user: User) -> Upload:
    """Return a user's own upload, or raise NoSuchUpload."""
    upload = Upload.objects.filter(pk=upload_id, uploaded_by=user).first()
    if upload is None:
        raise NoSuchUpload()
    return upload


def send(ids: Iterable[UUID]) -> None:
    """Once the caller's transaction commits, hand uploads to the workers."""
    wanted = [str(pk) for pk in ids]
    transaction.on_commit(lambda: [async_task(TASK, pk, save=False) for pk in wanted])


def send_lost_uploads(*, now: datetime) -> int:
    """Hand over again what the queue or a dying worker lost, and return how many."""
    late = Upload.objects.filter(state=UploadState.RUNNING, lease_until__lt=now)
    # The id tells when: a task that has just been sent is on its way.
    waiting = Upload.objects.filter(
        state=UploadState.QUEUED, lease_until__isnull=True, uploaded_at__lt=now - QUEUED_GRACE
    ) | Upload.objects.filter(state=UploadState.QUEUED, lease_until__lt=now)
    ids = [*late.values_list("pk", flat=True), *waiting.values_list("pk", flat=True)]
    # Until then it is left to whoever takes it.
    Upload.objects.filter(pk__in=ids, state=UploadState.QUEUED).update(
        lease_until=now + QUEUED_GRACE
    )
    send(ids)
    return len(ids)


def key_of(upload_id: UUID) -> str:
    """Return where a file lies in the object store until it is worked off."""
    return f"{FOLDER}{upload_id}"


def _keep(upload: Upload, content: bytes, *, now: datetime) -> Upload:
    storage.put_once(key_of(upload.pk), content, content_type="application/octet-stream")
    try:
        _create(upload, now=now)
    except IntegrityError:
        # Somebody was faster with the same key.
        storage.delete(key_of(upload.pk))
        first = _first_of(upload)
        if first is None:
            raise
        return first
    return upload


@transaction.atomic
def _create(upload: Upload, *, now: datetime) -> None:
    upload.save(force_insert=True)
    audit.record(
        "prices_uploaded",
        upload,
        chain=audit.PLATFORM_CHAIN,
        acting_user=upload.uploaded_by,
        now=now,
        after={
            "kind": upload.kind,
            "file": upload.name,
            "size_bytes": upload.size_bytes,
            "sha256": upload.sha256,
        },
    )
    send([upload.pk])


def _first_of(upload: Upload) -> Upload | None:
    if upload.idempotency_key is None:
        return None
    first = Upload.objects.filter(
        uploaded_by=upload.uploaded_by, idempotency_key=upload.idempotency_key
    ).first()
    if first is not None and (first.kind, first.sha256) != (upload.kind, upload.sha256):
        raise IdempotencyKeyReused(field="Idempotency-Key")
    return first


def _content_of(file: IO[bytes]) -> bytes:
    pieces, size = [], 0
    while piece := file.read(PIECE):
        size += len(piece)
        if size > settings.UPLOAD_MAX_BYTES:
            raise UploadTooLarge(f"A file has at most {settings.UPLOAD_MAX_BYTES} bytes.")
        pieces.append(piece)
    if not size:
        raise UploadEmpty(field="file")
    return b"".join(pieces)


def _printable(name: str) -> str:
    return "".join(character for character in name if character.isprintable())[:NAME_MAX].strip()
