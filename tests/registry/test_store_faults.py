"""The object store fails in every way that stores fail; what is published stays whole."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings as django_settings
from django.db import connection
from pytest_django import Settings

from accounts.models import AuditEvent, User
from common.canonical import canonical_json
from common.errors import Unavailable
from registry import queries, s3, storage
from registry.lifecycle import VersionStatus
from registry.models import ScriptVersion
from registry.services import aliases, publishing
from tests.factories import NOON, SOURCE, make_approved_version
from tests.faults.http_proxy import Fault, FaultProxy, Plan
from tests.registry.bulk import approve_versions, make_scripts

PUBLICATIONS = 200
FAULTY = 50
SILENCE_SECONDS = 1.5


@pytest.fixture
def proxy(settings: Settings) -> Iterator[FaultProxy]:
    """Put a proxy before the store; the first failure of a request is the last word on it."""
    standing = FaultProxy(settings.S3_ENDPOINT, silence_seconds=SILENCE_SECONDS)
    settings.S3_ENDPOINT = standing.endpoint
    settings.S3_READ_SECONDS = 1.0
    settings.S3_ATTEMPTS = 1
    yield standing
    standing.stop()


def once(fault: Fault, method: str, part: str) -> Plan:
    """Fail the first request of a method whose path contains something."""

    def plan(asked: str, path: str, time: int) -> Fault | None:
        return fault if (asked, time) == (method, 1) and part in path else None

    return plan


def publish_all(versions: list[ScriptVersion]) -> list[ScriptVersion]:
    """Publish some versions, four at a time; return those that failed."""

    def publish_in_a_thread(version: ScriptVersion) -> str:
        try:
            return publish(version)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        problems = pool.map(publish_in_a_thread, versions)
    return [v for v, problem in zip(versions, problems, strict=True) if problem]


def publish(version: ScriptVersion) -> str:
    """Publish in the author's name; return what went wrong, or nothing."""
    try:
        publishing.publish_version(version, acting_user=version.author, now=NOON)
    except Unavailable as error:
        return error.code
    return ""


@pytest.mark.django_db(transaction=True)
def test_of_200_publications_with_50_faults_none_is_half_done_and_all_can_be_repeated(
    ada: User, rita: User, proxy: FaultProxy, settings: Settings
) -> None:
    versions = approve_versions(make_scripts(ada, PUBLICATIONS), rita)
    proxy.plan = _fifty_faults([str(version.script_id) for version in versions])

    failed = publish_all(versions)

    assert len(failed) >= FAULTY
    assert_whole(versions, unpublished=failed)
    # A busy machine adds faults of its own, so that one repetition may not be all.
    for _ in range(5):
        failed = publish_all(failed)
    assert failed == []
    assert proxy.happened.total() == FAULTY
    assert set(proxy.happened) == set(Fault)
    assert_whole(versions)
    assert AuditEvent.objects.filter(event="version_published").count() == PUBLICATIONS

    for script in aliases.aliases_behind():
        aliases.write_alias(script.pk)
    assert not aliases.aliases_behind().exists()
    assert_aliases_are_copies(versions)


def _fifty_faults(script_ids: list[str]) -> Plan:
    chance = random.Random(7)
    ways = [
        *((fault, "PUT", part) for fault in _ON_PUT for part in _PARTS),
        *((fault, "GET", part) for fault in Fault for part in _PARTS if fault != Fault.ANSWER_LOST),
    ]
    chosen = chance.sample(script_ids, FAULTY)
    planned = {script_id: ways[at % len(ways)] for at, script_id in enumerate(chosen)}

    def plan(method: str, path: str, time: int) -> Fault | None:
        script_id = next((part for part in path.split("/") if part in planned), "")
        if not script_id or time > 1:
            return None
        fault, wanted_method, part = planned[script_id]
        return fault if method == wanted_method and path.endswith(part) else None

    return plan


_PARTS = ("/script.py", "/meta.json")
_ON_PUT = (Fault.UNAVAILABLE, Fault.NO_ANSWER, Fault.RESET, Fault.ANSWER_LOST)


def assert_whole(versions: list[ScriptVersion], unpublished: Sequence[ScriptVersion] = ()) -> None:
    """Assert that rows and store agree; an unpublished version has its own bytes there, or none."""
    stored = stored_digests(storage.SCRIPTS)
    for version in ScriptVersion.objects.filter(pk__in=[v.pk for v in versions]):
        is_published = version not in unpublished
        folder = storage.folder_of(version.script.owner_id, version.script_id, version.version)
        meta = canonical_json(queries.meta_of(version))
        assert (version.status, version.object_key) == (
            (VersionStatus.PUBLISHED, folder) if is_published else (VersionStatus.APPROVED, "")
        )
        for name, content in (("script.py", version.source.encode()), ("meta.json", meta)):
            found = stored.get(f"{folder}/{name}")
            assert found == digest_of(content) or (found is None and not is_published)


def assert_aliases_are_copies(versions: list[ScriptVersion]) -> None:
    stored = stored_digests(storage.ALIASES)
    for version in versions:
        base = storage.alias_of(version.script.owner_id, version.script_id)
        assert stored[f"{base}.py"] == digest_of(version.source.encode())


def stored_digests(prefix: str) -> dict[str, str]:
    """Return the store's own digest of each object under a prefix."""
    pages = s3.client().get_paginator("list_objects_v2")
    found = pages.paginate(Bucket=django_settings.S3_BUCKET, Prefix=prefix)
    return {row["Key"]: row["ETag"].strip('"') for page in found for row in page["Contents"]}


def digest_of(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


@pytest.mark.django_db
@pytest.mark.parametrize("fault", _ON_PUT)
@pytest.mark.parametrize("part", _PARTS)
def test_a_second_attempt_of_the_client_finishes_what_the_first_began(
    fault: Fault, part: str, ada: User, rita: User, proxy: FaultProxy, settings: Settings
) -> None:
    settings.S3_ATTEMPTS = 2
    version = make_approved_version(ada, rita)
    proxy.plan = once(fault, "PUT", part)

    publishing.publish_version(version, acting_user=ada, now=NOON)

    assert proxy.happened == {fault: 1}
    assert_whole([version])


@pytest.mark.django_db
def test_bytes_that_arrive_shortened_are_not_taken_for_others(
    ada: User, rita: User, proxy: FaultProxy
) -> None:
    version = make_approved_version(ada, rita)
    proxy.plan = once(Fault.ANSWER_LOST, "PUT", "/script.py")
    assert publish(version) == "object_store_down"

    proxy.plan = once(Fault.SHORTENED, "GET", "/script.py")
    assert publish(version) == "object_damaged"

    assert publish(version) == ""
    assert_whole([version])


@pytest.mark.django_db
@pytest.mark.parametrize("fault", [fault for fault in Fault if fault != Fault.ANSWER_LOST])
def test_a_fault_while_reading_is_told_and_nothing_wrong_is_kept(
    fault: Fault, published: ScriptVersion, proxy: FaultProxy
) -> None:
    proxy.plan = once(fault, "GET", "/script.py")

    with pytest.raises(Unavailable):
        queries.read_source(published)

    assert not list(django_settings.SCRIPT_CACHE_DIR.rglob("*.py"))
    assert queries.read_source(published) == SOURCE


@pytest.mark.django_db
def test_a_version_that_ran_goes_on_when_the_store_stops(
    published: ScriptVersion, settings: Settings, proxy: FaultProxy
) -> None:
    assert queries.read_source(published) == SOURCE

    proxy.stop()

    with pytest.raises(storage.ObjectStoreDown):
        storage.fetch(f"{published.object_key}/script.py")
    assert queries.read_source(published) == SOURCE


@pytest.mark.django_db(transaction=True)
def test_an_alias_that_a_fault_left_half_written_is_known_and_repaired(
    ada: User, rita: User, proxy: FaultProxy
) -> None:
    version = make_approved_version(ada, rita)
    proxy.plan = once(Fault.RESET, "PUT", ".meta.json")

    publishing.publish_version(version, acting_user=ada, now=NOON)

    assert queries.published_version(version.script) == version
    assert list(aliases.aliases_behind()) == [version.script]
    assert aliases.write_alias(version.script_id) == version
    assert not aliases.aliases_behind().exists()
    assert storage.fetch(f"personal/{ada.pk}/signal/{version.script_id}.meta.json")
