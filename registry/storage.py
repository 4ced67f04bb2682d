"""The object store: what was published, written once.

``scripts/{owner_id}/{script_id}/{version}/script.py`` and ``meta.json``. A key that holds
something never gets other bytes from here; the condition is the store's own, so two writers at
once cannot both win.
"""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import boto3
import structlog
from botocore.client import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from common.errors import Conflict, Unavailable

CONNECT_SECONDS = 3
READ_SECONDS = 10
ATTEMPTS = 2

_TAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})
_NO_OBJECT = frozenset({"NoSuchKey", "NoSuchBucket", "404"})
_BUCKET_IS_THERE = frozenset({"BucketAlreadyOwnedByYou", "BucketAlreadyExists"})

log = structlog.get_logger(__name__)
_making_a_client = threading.Lock()


class ObjectStoreDown(Unavailable):
    """The object store does not answer; try again later."""

    code = "object_store_down"


class ObjectMissing(Unavailable):
    """The object store no longer has this object; an operator has to restore it."""

    code = "object_missing"


class AlreadyStored(Conflict):
    """Other bytes are already stored under this version; use a new version number."""

    code = "already_stored"


def folder_of(owner_id: int, script_id: uuid.UUID, version: str) -> str:
    """Return where a version's objects are."""
    return f"scripts/{owner_id}/{script_id}/{version}"


def put_once(key: str, content: bytes, *, content_type: str) -> None:
    """Store some bytes under a key, unless exactly these are there already.

    Raises
    ------
    AlreadyStored
        The key holds other bytes.
    ObjectStoreDown
        The store does not answer, or refuses us.
    """
    try:
        _put(key, content, content_type)
    except ClientError as error:
        if _code_of(error) not in _TAKEN:
            raise _down(error, key) from error
        if fetch(key) != content:
            raise AlreadyStored(object_key=key) from None


def fetch(key: str) -> bytes:
    """Return the bytes under a key.

    Raises
    ------
    ObjectMissing
        There are none.
    ObjectStoreDown
        The store does not answer, or refuses us.
    """
    try:
        with _answering(key):
            response = _client().get_object(Bucket=settings.S3_BUCKET, Key=key)
            with response["Body"] as body:
                content: bytes = body.read()
            return content
    except ClientError as error:
        if _code_of(error) in _NO_OBJECT:
            raise ObjectMissing(object_key=key) from None
        raise _down(error, key) from error


def presign(key: str, *, seconds: int) -> str:
    """Return an address under which anybody can fetch an object for some seconds."""
    with _answering(key):
        url: str = _client().generate_presigned_url(
            "get_object", Params={"Bucket": settings.S3_BUCKET, "Key": key}, ExpiresIn=seconds
        )
        return url


def require_available() -> None:
    """Raise ObjectStoreDown unless the store answers; a bucket not made yet is no fault."""
    bucket = settings.S3_BUCKET
    try:
        with _answering(bucket):
            _client().head_bucket(Bucket=bucket)
    except ClientError as error:
        if _code_of(error) not in _NO_OBJECT:
            raise _down(error, bucket) from error


def _put(key: str, content: bytes, content_type: str) -> None:
    arguments: dict[str, Any] = {
        "Bucket": settings.S3_BUCKET,
        "Key": key,
        "Body": content,
        "ContentType": content_type,
        "IfNoneMatch": "*",
    }
    with _answering(key):
        try:
            _client().put_object(**arguments)
        except ClientError as error:
            if _code_of(error) != "NoSuchBucket":
                raise
            _create_bucket()
            _client().put_object(**arguments)


def _create_bucket() -> None:
    try:
        _client().create_bucket(Bucket=settings.S3_BUCKET)
    except ClientError as error:
        if _code_of(error) not in _BUCKET_IS_THERE:
            raise


def _client() -> Any:
    # Making a client is not thread-safe, using one is. A forked child needs sockets of its own.
    with _making_a_client:
        return _client_of(
            os.getpid(),
            settings.S3_ENDPOINT,
            settings.S3_REGION,
            settings.S3_ACCESS_KEY,
            settings.S3_SECRET_KEY,
        )


@lru_cache(maxsize=4)
def _client_of(_pid: int, endpoint: str, region: str, access_key: str, secret_key: str) -> Any:
    return boto3.session.Session().client(
        "s3",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            s3={"addressing_style": "path"},
            # Stores other than Amazon's know few of the newer checksums; we compare SHA-256.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


@contextmanager
def _answering(key: str) -> Iterator[None]:
    try:
        yield
    except BotoCoreError as error:
        raise _down(error, key) from error


def _down(error: Exception, key: str) -> ObjectStoreDown:
    log.error("object_store_failed", object_key=key, problem=str(error))
    return ObjectStoreDown(retry_after_seconds=5)


def _code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
