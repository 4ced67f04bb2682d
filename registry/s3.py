"""Clients of the object store, by configuration: SeaweedFS, MinIO or Amazon's S3."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import boto3
from botocore.client import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from common.breaker_rule import BreakerLimits
from common.circuit_breakers import breaker

ADDRESSINGS = ("path", "virtual", "auto")
FIRST_FAILING_STATUS = 500
_FIRST_REGION = "us-east-1"  # the one that refuses to be named when a bucket is made

_making_a_client = threading.Lock()


@dataclass(frozen=True)
class Connection:
    """Where the store is and how it is spoken to; equal ones share a client."""

    endpoint: str  # empty: Amazon's own, by region
    region: str
    access_key: str
    secret_key: str
    addressing: str
    connect_seconds: float
    read_seconds: float
    attempts: int


def client() -> Any:
    """Return the client that reads and writes."""
    return _client_to(settings.S3_ENDPOINT)


def signing_client() -> Any:
    """Return the client that signs addresses for others, who may know the store by another name."""
    return _client_to(settings.S3_PUBLIC_ENDPOINT or settings.S3_ENDPOINT)


def create_bucket() -> None:
    """Create the configured bucket where the region says."""
    where: dict[str, Any] = {}
    if not settings.S3_ENDPOINT and settings.S3_REGION != _FIRST_REGION:
        where["CreateBucketConfiguration"] = {"LocationConstraint": settings.S3_REGION}
    client().create_bucket(Bucket=settings.S3_BUCKET, **where)


class StoreFailed(BotoCoreError):  # type: ignore[misc]  # botocore has no types
    """The store answered that it cannot at the moment."""

    fmt = "the store answered {status}: {problem}"


@contextmanager
def guarded() -> Iterator[None]:
    """Speak to the store inside the block, behind its breaker; a refusal is an answer.

    Raises
    ------
    BotoCoreError
        It does not answer, or answers that it cannot.
    BreakerOpen
        It is not asked at the moment.
    """
    where = settings.S3_ENDPOINT or f"{settings.S3_REGION} of Amazon"
    # Nothing runs while it is open, so it is open for less long than those of other houses.
    limits = BreakerLimits(open_seconds=settings.S3_BREAKER_OPEN_SECONDS)
    with breaker(f"object store {where}", failures=(BotoCoreError,), limits=limits).guarding():
        try:
            yield
        except ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            if status < FIRST_FAILING_STATUS:
                raise
            raise StoreFailed(status=status, problem=str(error)) from error


def code_of(error: ClientError) -> str:
    """Return the store's own code of a refusal."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _client_to(endpoint: str) -> Any:
    connection = Connection(
        endpoint=endpoint,
        region=settings.S3_REGION,
        access_key=settings.S3_ACCESS_KEY,
        secret_key=settings.S3_SECRET_KEY,
        addressing=settings.S3_ADDRESSING,
        connect_seconds=settings.S3_CONNECT_SECONDS,
        read_seconds=settings.S3_READ_SECONDS,
        attempts=settings.S3_ATTEMPTS,
    )
    # Making a client is not thread-safe, using one is. A forked child needs sockets of its own.
    with _making_a_client:
        return _made(os.getpid(), connection)


@lru_cache(maxsize=8)
def _made(_pid: int, connection: Connection) -> Any:
    return boto3.session.Session().client(
        "s3",
        endpoint_url=connection.endpoint or None,
        region_name=connection.region,
        aws_access_key_id=connection.access_key,
        aws_secret_access_key=connection.secret_key,
        config=Config(
            connect_timeout=connection.connect_seconds,
            read_timeout=connection.read_seconds,
            retries={"mode": "standard", "total_max_attempts": connection.attempts},
            max_pool_connections=50,
            signature_version="s3v4",
            s3={"addressing_style": connection.addressing},
            # Stores other than Amazon's know few of the newer checksums; we compare SHA-256.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )
