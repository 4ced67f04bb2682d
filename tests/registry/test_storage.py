"""The object store: written once, by the store's own rule."""

from __future__ import annotations

import urllib.error
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_django import Settings

from common.canonical import sha256
from registry import s3, storage


@pytest.fixture
def key() -> str:
    return storage.folder_of(7, uuid.uuid4(), "1.0.0") + "/script.py"


def put(key: str, content: bytes) -> None:
    storage.put_once(key, content, content_type="text/x-python")


def test_keys_are_those_of_the_contract() -> None:
    script_id = uuid.UUID("0198c5e0-7a51-7cc2-8a3b-5b0c4a3e2f10")

    assert storage.folder_of(7, script_id, "1.2.0") == f"scripts/7/{script_id}/1.2.0"


def test_what_is_put_is_fetched(key: str) -> None:
    put(key, b"x = 1\n")

    assert storage.fetch(key) == b"x = 1\n"


def test_the_same_bytes_may_be_put_again(key: str) -> None:
    put(key, b"x = 1\n")
    put(key, b"x = 1\n")

    assert storage.fetch(key) == b"x = 1\n"


def test_other_bytes_are_refused_and_the_first_stay(key: str) -> None:
    put(key, b"x = 1\n")

    with pytest.raises(storage.AlreadyStored):
        put(key, b"x = 2\n")

    assert storage.fetch(key) == b"x = 1\n"


def test_of_two_writers_at_once_exactly_one_wins(key: str) -> None:
    together = Barrier(6)

    def write(number: int) -> bool:
        together.wait()
        try:
            put(key, f"x = {number}\n".encode())
        except storage.AlreadyStored:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        won = list(pool.map(write, range(6)))

    assert won.count(True) == 1
    assert storage.fetch(key) == f"x = {won.index(True)}\n".encode()


def test_a_bucket_is_made_on_first_use(key: str, settings: Settings, test_bucket: str) -> None:
    storage.put_once(key, b"x = 1\n", content_type="text/plain")

    assert test_bucket == settings.S3_BUCKET
    assert storage.fetch(key) == b"x = 1\n"


def test_an_object_that_is_gone_is_told(key: str) -> None:
    with pytest.raises(storage.ObjectMissing):
        storage.fetch(key)


def test_a_store_that_does_not_answer_is_told_in_time(key: str, settings: Settings) -> None:
    settings.S3_ENDPOINT = "http://127.0.0.1:9"

    with pytest.raises(storage.ObjectStoreDown):
        storage.fetch(key)
    with pytest.raises(storage.ObjectStoreDown):
        put(key, b"x = 1\n")


def test_a_store_that_refuses_our_credentials_is_told(key: str, settings: Settings) -> None:
    settings.S3_SECRET_KEY = "not the secret"

    with pytest.raises(storage.ObjectStoreDown):
        put(key, b"x = 1\n")


def test_an_object_carries_its_hash(key: str, settings: Settings) -> None:
    put(key, b"x = 1\n")

    head = s3.client().head_object(Bucket=settings.S3_BUCKET, Key=key)
    assert head["Metadata"] == {"sha256": sha256(b"x = 1\n")}


def test_what_is_not_what_its_hash_says_is_refused(key: str, settings: Settings) -> None:
    s3.client().put_object(
        Bucket=settings.S3_BUCKET, Key=key, Body=b"import os\n", Metadata={"sha256": "0" * 64}
    )

    with pytest.raises(storage.ObjectDamaged):
        storage.fetch(key)


def test_only_aliases_are_replaced(key: str) -> None:
    alias = storage.alias_of(7, uuid.uuid4()) + ".py"
    storage.replace(alias, b"x = 1\n", content_type="text/x-python")
    storage.replace(alias, b"x = 2\n", content_type="text/x-python")

    assert storage.fetch(alias) == b"x = 2\n"
    with pytest.raises(ValueError, match="written once"):
        storage.replace(key, b"x = 2\n", content_type="text/x-python")


def test_objects_are_listed_by_prefix(key: str) -> None:
    put(key, b"x = 1\n")

    listed = list(storage.objects_under(key.removesuffix("script.py")))

    assert [(found.key, found.size_bytes) for found in listed] == [(key, 6)]
    assert list(storage.objects_under("nothing/here/")) == []


def test_a_presigned_address_reads_that_object_and_no_other(key: str) -> None:
    put(key, b"x = 1\n")
    url = storage.presign(key, seconds=60)

    with urllib.request.urlopen(url) as reply:
        assert reply.read() == b"x = 1\n"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(url.replace("script.py", "other.py"))
    assert refused.value.code == 403
    refused.value.close()


@pytest.mark.parametrize("seconds", [0, -1, 61, 3600])
def test_an_address_lives_a_minute_at_most(key: str, seconds: int) -> None:
    with pytest.raises(ValueError, match="1 to 60 seconds"):
        storage.presign(key, seconds=seconds)


@pytest.mark.parametrize(
    ("given", "host", "path"),
    [
        (
            {"S3_ENDPOINT": "", "S3_REGION": "eu-central-1", "S3_ADDRESSING": "virtual"},
            "signals.s3.eu-central-1.amazonaws.com",
            "/a/b.py",
        ),
        (
            {"S3_ENDPOINT": "https://minio.example:9000", "S3_ADDRESSING": "path"},
            "minio.example:9000",
            "/signals/a/b.py",
        ),
        (
            {"S3_ENDPOINT": "http://store:8333", "S3_PUBLIC_ENDPOINT": "https://objects.example"},
            "objects.example",
            "/signals/a/b.py",
        ),
    ],
)
def test_any_store_is_spoken_to_by_configuration(
    settings: Settings, given: dict[str, str], host: str, path: str
) -> None:
    settings.S3_BUCKET = "signals"
    for name, value in given.items():
        setattr(settings, name, value)

    url = urlsplit(storage.presign("a/b.py", seconds=30))

    assert (url.netloc, url.path) == (host, path)
    asked = parse_qs(url.query)
    assert asked["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert asked["X-Amz-Expires"] == ["30"]
