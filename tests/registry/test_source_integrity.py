"""What runs is what was reviewed: proven at every read, from the cache and from the store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from registry import queries, storage
from registry.manifest import MalformedMeta
from registry.models import ScriptVersion
from tests.factories import SOURCE

EVIL = b"import os\n"


def cached_file(version: ScriptVersion) -> Path:
    digest = version.source_sha256
    return Path(django_settings.SCRIPT_CACHE_DIR) / digest[:2] / f"{digest}.py"


def object_of(version: ScriptVersion) -> Any:
    store = boto3.session.Session().resource(
        "s3",
        endpoint_url=django_settings.S3_ENDPOINT,
        region_name=django_settings.S3_REGION,
        aws_access_key_id=django_settings.S3_ACCESS_KEY,
        aws_secret_access_key=django_settings.S3_SECRET_KEY,
    )
    return store.Object(django_settings.S3_BUCKET, f"{version.object_key}/script.py")


def test_a_published_source_comes_from_the_store_and_then_from_the_cache(
    published: ScriptVersion, settings: Settings
) -> None:
    assert queries.read_source(published) == SOURCE
    settings.S3_ENDPOINT = "http://127.0.0.1:9"

    assert queries.read_source(published) == SOURCE


def test_without_a_cached_copy_a_store_that_is_down_is_told(
    published: ScriptVersion, settings: Settings
) -> None:
    settings.S3_ENDPOINT = "http://127.0.0.1:9"

    with pytest.raises(storage.ObjectStoreDown):
        queries.read_source(published)


def test_a_tampered_cache_is_not_believed_and_repaired(published: ScriptVersion) -> None:
    queries.read_source(published)
    cached_file(published).write_bytes(EVIL)

    assert queries.read_source(published) == SOURCE
    assert cached_file(published).read_text() == SOURCE


def test_a_tampered_cache_does_not_stand_in_for_a_store_that_is_down(
    published: ScriptVersion, settings: Settings
) -> None:
    queries.read_source(published)
    cached_file(published).write_bytes(EVIL)
    settings.S3_ENDPOINT = "http://127.0.0.1:9"

    with pytest.raises(storage.ObjectStoreDown):
        queries.read_source(published)


def test_a_tampered_object_is_refused_and_not_cached(published: ScriptVersion) -> None:
    object_of(published).put(Body=EVIL)

    with pytest.raises(queries.SourceMismatch) as refused:
        queries.read_source(published)

    assert refused.value.details["expected_sha256"] == published.source_sha256
    assert not list(Path(django_settings.SCRIPT_CACHE_DIR).rglob("*.py"))


def test_a_deleted_object_is_told(published: ScriptVersion) -> None:
    object_of(published).delete()

    with pytest.raises(storage.ObjectMissing):
        queries.read_source(published)


def test_a_cache_that_cannot_be_written_costs_only_speed(
    published: ScriptVersion, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "a-file").write_text("")
    settings.SCRIPT_CACHE_DIR = tmp_path / "a-file" / "cache"

    assert queries.read_source(published) == SOURCE


def test_the_cache_leaves_no_unfinished_files(published: ScriptVersion) -> None:
    queries.read_source(published)

    files = [p for p in Path(django_settings.SCRIPT_CACHE_DIR).rglob("*") if p.is_file()]
    assert files == [cached_file(published)]


def test_a_draft_is_read_from_its_row(draft: ScriptVersion) -> None:
    assert queries.read_source(draft) == SOURCE


def test_a_draft_whose_source_is_not_what_its_hash_says_is_refused(
    draft: ScriptVersion,
) -> None:
    draft.source = "import os\n"

    with pytest.raises(queries.SourceMismatch):
        queries.read_source(draft)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"not json",
        b'{"status": "published"}',
    ],
)
def test_a_malformed_meta_is_refused_when_it_is_read(
    published: ScriptVersion, content: bytes
) -> None:
    object_of(published).Bucket().Object(f"{published.object_key}/meta.json").put(Body=content)

    with pytest.raises(MalformedMeta) as refused:
        queries.read_meta(published)

    assert "meta.json" in refused.value.message


def test_the_meta_is_read_as_it_was_published(published: ScriptVersion) -> None:
    assert queries.read_meta(published)["version"] == "1.0.0"
