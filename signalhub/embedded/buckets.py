"""Whether an S3 server answers with our keys, and the bucket that everything is kept in."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from signalhub.embedded.addresses import ServerAddresses
from signalhub.embedded.problems import SetupProblem

PATIENCE = Config(
    connect_timeout=2,
    read_timeout=10,
    retries={"total_max_attempts": 1},
    s3={"addressing_style": "path"},
)


class BucketUnavailable(SetupProblem):
    """The bucket can neither be reached nor made."""


def bucket_exists(bucket: str, *, endpoint: str, access_key: str, secret_key: str) -> bool:
    """Return whether the server accepts our keys and has the bucket."""
    client = _client(endpoint, access_key=access_key, secret_key=secret_key)
    try:
        client.head_bucket(Bucket=bucket)
    except (ClientError, BotoCoreError):
        return False
    finally:
        client.close()
    return True


def require_bucket(addresses: ServerAddresses) -> None:
    """Create the bucket on a server of somebody else's unless it exists."""
    endpoint, bucket = addresses.s3_endpoint, addresses.s3_bucket
    client = _client(
        endpoint, access_key=addresses.s3_access_key, secret_key=addresses.s3_secret_key
    )
    try:
        if bucket not in {entry["Name"] for entry in client.list_buckets()["Buckets"]}:
            client.create_bucket(Bucket=bucket)
    except (ClientError, BotoCoreError) as problem:
        raise BucketUnavailable(f"S3 at {endpoint}, bucket {bucket}: {problem}") from problem
    finally:
        client.close()


def _client(endpoint: str, *, access_key: str, secret_key: str) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        region_name="us-east-1",
        config=PATIENCE,
    )
