"""The object store: written once, by the store's own rule."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from pytest_django import Settings

from registry import storage


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
