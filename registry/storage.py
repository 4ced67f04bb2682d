"""The object store: what was published, written once.

``scripts/{owner_id}/{script_id}/{version}/script.py`` and ``meta.json``. A key under ``scripts/``
that holds something never gets other bytes from here; the condition is the store's own, so two
writers at once cannot both win. Only aliases (``personal/…``) are replaced.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from common.canonical import sha256
from common.circuit_breakers import BreakerOpen
from common.errors import Conflict, Unavailable
from registry import s3

SCRIPTS = "scripts/"
ALIASES = "personal/"

_TAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})
_NO_OBJECT = frozenset({"NoSuchKey", "NoSuchBucket", "404"})
_BUCKET_IS_THERE = frozenset({"BucketAlreadyOwnedByYou", "BucketAlreadyExists"})
_SHA256 = "sha256"  # the name of the metadata that travels with an object

log = structlog.get_logger(__name__)


class ObjectStoreDown(Unavailable):
    """The object store does not answer; try again later."""

    code = "object_store_down"


class ObjectMissing(Unavailable):
    """The object store no longer has this object; an operator has to restore it."""

    code = "object_missing"


class ObjectDamaged(Unavailable):
    """The object store sent other bytes than were stored; try again, or have it restored."""

    code = "object_damaged"


class AlreadyStored(Conflict):
    """Other bytes are already stored under this version; use a new version number."""

    code = "already_stored"


@dataclass(frozen=True)
class StoredObject:
    """One object as the store lists it."""

    key: str
    size_bytes: int
    modified_at: datetime


def folder_of(owner_id: int, script_id: uuid.UUID, version: str) -> str:
    """Return where a version's objects are."""
    return f"{SCRIPTS}{owner_id}/{script_id}/{version}"


def alias_of(owner_id: int, script_id: uuid.UUID) -> str:
    """Return where the copy of what a script runs at the moment is, without its ending."""
    return f"{ALIASES}{owner_id}/signal/{script_id}"


def put_once(key: str, content: bytes, *, content_type: str) -> None:
    """Store some bytes under a key, unless exactly these are there already.

    Raises
    ------
    AlreadyStored
        The key holds other bytes.
    ObjectStoreDown, ObjectDamaged
        The store does not answer, refuses us, or does not say truly what it holds.
    """
    try:
        _put(key, content, content_type, IfNoneMatch="*")
    except ClientError as error:
        if s3.code_of(error) not in _TAKEN:
            raise _down(error, key) from error
        _require_same(key, content)


def replace(key: str, content: bytes, *, content_type: str) -> None:
    """Store some bytes under the key of an alias, whatever it held.

    Raises
    ------
    ObjectStoreDown
        The store does not answer, or refuses us.
    """
    if not key.startswith(ALIASES):
        raise ValueError(f"{key} is not an alias: it is written once")
    with _refusals(key):
        _put(key, content, content_type)


def fetch(key: str) -> bytes:
    """Return the bytes under a key, with the hash that they were stored with.

    Raises
    ------
    ObjectMissing
        There are none.
    ObjectDamaged
        What arrived is not what was stored.
    ObjectStoreDown
        The store does not answer, or refuses us.
    """
    try:
        with _answering(key):
            response = s3.client().get_object(Bucket=settings.S3_BUCKET, Key=key)
            # closing(): entering the body itself would hand out the stream below it, whose errors
            # are not the client's.
            with closing(response["Body"]) as body:
                content: bytes = body.read()
    except ClientError as error:
        if s3.code_of(error) in _NO_OBJECT:
            raise ObjectMissing(object_key=key) from None
        raise _down(error, key) from error
    expected = response.get("Metadata", {}).get(_SHA256)
    if expected is not None and sha256(content) != expected:
        log.error("object_damaged", object_key=key, expected=expected, size=len(content))
        raise ObjectDamaged(object_key=key, expected_sha256=expected)
    return content


def delete(key: str) -> None:
    """Remove an object; one that is not there is no fault."""
    with _refusals(key), _answering(key):
        s3.client().delete_object(Bucket=settings.S3_BUCKET, Key=key)


def objects_under(prefix: str) -> Iterator[StoredObject]:
    """List what is stored under a prefix, in the order of the keys."""
    pages = s3.client().get_paginator("list_objects_v2")
    coming = iter(pages.paginate(Bucket=settings.S3_BUCKET, Prefix=prefix))
    while (page := _next_page(coming, prefix)) is not None:
        for found in page.get("Contents", ()):
            yield StoredObject(found["Key"], found["Size"], found["LastModified"])


def presign(key: str, *, seconds: int) -> str:
    """Return an address from which anybody who has it reads one object, for a short while.

    ``seconds`` is 1 to ``PRESIGNED_URL_MAX_SECONDS``, inclusive.
    """
    if not 1 <= seconds <= settings.PRESIGNED_URL_MAX_SECONDS:
        raise ValueError(f"an address lives 1 to {settings.PRESIGNED_URL_MAX_SECONDS} seconds")
    url: str = s3.signing_client().generate_presigned_url(
        "get_object", Params={"Bucket": settings.S3_BUCKET, "Key": key}, ExpiresIn=seconds
    )
    return url


def require_available() -> None:
    """Raise ObjectStoreDown unless the store answers; a bucket not made yet is no fault."""
    bucket = settings.S3_BUCKET
    try:
        with _answering(bucket):
            s3.client().head_bucket(Bucket=bucket)
    except ClientError as error:
        if s3.code_of(error) not in _NO_OBJECT:
            raise _down(error, bucket) from error


def _next_page(coming: Iterator[dict[str, Any]], prefix: str) -> dict[str, Any] | None:
    try:
        with _answering(prefix):
            return next(coming, None)
    except ClientError as error:
        if s3.code_of(error) not in _NO_OBJECT:
            raise _down(error, prefix) from error
        return None


def _put(key: str, content: bytes, content_type: str, **condition: str) -> None:
    arguments: dict[str, Any] = {
        "Bucket": settings.S3_BUCKET,
        "Key": key,
        "Body": content,
        "ContentType": content_type,
        "Metadata": {_SHA256: sha256(content)},
        **condition,
    }
    with _answering(key):
        try:
            s3.client().put_object(**arguments)
        except ClientError as error:
            if s3.code_of(error) != "NoSuchBucket":
                raise
            _create_bucket()
            s3.client().put_object(**arguments)


def _require_same(key: str, content: bytes) -> None:
    try:
        found = fetch(key)
    except ObjectMissing:
        # Another writer holds the key and has not finished, or gave up.
        raise ObjectStoreDown(object_key=key, retry_after_seconds=1) from None
    if found != content:
        raise AlreadyStored(object_key=key)


def _create_bucket() -> None:
    try:
        s3.create_bucket()
    except ClientError as error:
        if s3.code_of(error) not in _BUCKET_IS_THERE:
            raise


@contextmanager
def _answering(key: str) -> Iterator[None]:
    try:
        with s3.guarded():
            yield
    except BotoCoreError as error:
        raise _down(error, key) from error
    except BreakerOpen as error:
        seconds = error.details["retry_after_seconds"]
        raise ObjectStoreDown(object_key=key, retry_after_seconds=seconds) from error


@contextmanager
def _refusals(key: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise _down(error, key) from error


def _down(error: Exception, key: str) -> ObjectStoreDown:
    log.error("object_store_failed", object_key=key, problem=str(error))
    return ObjectStoreDown(retry_after_seconds=5)
