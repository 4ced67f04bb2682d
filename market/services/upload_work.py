"""Work an upload off, batch by batch: what a batch records and how far the file is are one commit.

A worker that is lost loses its lease; whoever follows goes on after the last batch.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice
from time import monotonic
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F, Q

from common.errors import SignalHubError
from market.files import FileUnreadable, count_rows, rows_from
from market.models import Upload, UploadKind, UploadState
from market.services.upload_batches import COLUMNS, Batch, record_batch
from market.services.uploads import QUEUED_GRACE, key_of, send
from registry import storage

log = structlog.get_logger(__name__)

BATCH_ROWS = 1000
LEASE = timedelta(seconds=30)
TURN_SECONDS = 20.0  # then others have theirs: an upload does not keep a worker from executions
ATTEMPTS_MAX = 5  # without getting on
ERRORS_SHOWN = 50


class LeaseLost(Exception):
    """Somebody else works this upload off."""


def work_upload(upload_id: UUID | str, *, clock: Callable[[], datetime]) -> None:
    """Work off an upload, or a turn's worth of it; what is done already is not done again."""
    upload = _claimed(upload_id, now=clock())
    if upload is None:
        return
    try:
        is_over = _work(upload, clock=clock)
    except LeaseLost:
        log.warning("upload_taken_over", upload=str(upload_id))
    except storage.ObjectStoreDown as error:
        log.warning("upload_waits_for_the_store", upload=str(upload_id), error=error.message)
        _put_off(upload, now=clock())
    except (FileUnreadable, storage.ObjectMissing, storage.ObjectDamaged) as error:
        _end(upload, UploadState.FAILED, problem=error.message, now=clock())
    else:
        if is_over:
            _end(upload, UploadState.DONE, problem="", now=clock())
        else:
            _give_back(upload)


@transaction.atomic
def _claimed(upload_id: UUID | str, *, now: datetime) -> Upload | None:
    free = Q(state=UploadState.QUEUED) | Q(state=UploadState.RUNNING, lease_until__lt=now)
    upload = Upload.objects.select_for_update().filter(free, pk=upload_id).first()
    if upload is None:
        return None
    upload.state = UploadState.RUNNING
    upload.lease_until = now + LEASE
    upload.fence += 1
    upload.attempts += 1
    upload.save(update_fields=["state", "lease_until", "fence", "attempts"])
    if upload.attempts > ATTEMPTS_MAX:
        problem = f"Workers were lost {ATTEMPTS_MAX} times after row {upload.rows_done}."
        _end(upload, UploadState.FAILED, problem=problem, now=now)
        return None
    return upload


def _work(upload: Upload, *, clock: Callable[[], datetime]) -> bool:
    content = storage.fetch(key_of(upload.pk))
    columns = COLUMNS[UploadKind(upload.kind)]
    if upload.rows_total is None:
        upload.rows_total = count_rows(content, columns)
        _update(upload, now=clock(), rows_total=upload.rows_total)
    ends_at = monotonic() + TURN_SECONDS
    rest = rows_from(content, columns, start=upload.rows_done)
    while rows := list(islice(rest, BATCH_ROWS)):
        if monotonic() > ends_at:
            return False
        now = clock()
        with transaction.atomic():
            _advance(upload, record_batch(upload, rows, now=now), now=now)
    return True


def _advance(upload: Upload, batch: Batch, *, now: datetime) -> None:
    upload.rows_done += batch.rows
    upload.accepted += batch.accepted
    upload.duplicates += batch.duplicates
    upload.kept_apart += batch.kept_apart
    upload.refused += batch.refused
    for flag, count in batch.flagged.items():
        upload.flagged[flag] = upload.flagged.get(flag, 0) + count
    upload.errors = [*upload.errors, *batch.errors][:ERRORS_SHOWN]
    upload.attempts = 0
    _update(
        upload,
        now=now,
        rows_done=upload.rows_done,
        accepted=upload.accepted,
        duplicates=upload.duplicates,
        kept_apart=upload.kept_apart,
        refused=upload.refused,
        flagged=upload.flagged,
        errors=upload.errors,
        attempts=0,
    )


def _update(upload: Upload, *, now: datetime, **values: object) -> None:
    # With the fence in the WHERE clause, whoever was taken for dead changes nothing any more.
    held = Upload.objects.filter(pk=upload.pk, fence=upload.fence, state=UploadState.RUNNING)
    if held.update(lease_until=now + LEASE, **values) == 0:
        raise LeaseLost


def _give_back(upload: Upload) -> None:
    held = Upload.objects.filter(pk=upload.pk, fence=upload.fence, state=UploadState.RUNNING)
    with transaction.atomic():
        if held.update(state=UploadState.QUEUED, lease_until=None):
            send([upload.pk])


# No attempt of its own was made. It is sent again after a moment, as what was lost on its way is.
def _put_off(upload: Upload, *, now: datetime) -> None:
    held = Upload.objects.filter(pk=upload.pk, fence=upload.fence, state=UploadState.RUNNING)
    held.update(
        state=UploadState.QUEUED, lease_until=now + QUEUED_GRACE, attempts=F("attempts") - 1
    )


def _end(upload: Upload, state: UploadState, *, problem: str, now: datetime) -> None:
    held = Upload.objects.filter(pk=upload.pk, fence=upload.fence, state=UploadState.RUNNING)
    ended = held.update(state=state, problem=problem, finished_at=now, lease_until=None)
    if not ended:
        return
    log.info("upload_ended", upload=str(upload.pk), state=state, rows=upload.rows_done)
    transaction.on_commit(lambda: _forget(upload.pk))


def _forget(upload_id: UUID) -> None:
    try:
        storage.delete(key_of(upload_id))
    except SignalHubError as error:
        log.warning("upload_not_removed", upload=str(upload_id), error=error.message)
