"""What belongs to nothing is found and on request removed, and nothing else ever is."""

from __future__ import annotations

import json
import uuid
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.models import User
from registry import queries, storage
from registry.models import ScriptVersion
from registry.services import publishing, review
from tests.factories import NOON, SOURCE, make_approved_version, make_published_version


def sweep(*arguments: str) -> dict[str, Any]:
    printed = StringIO()
    call_command("sweep_orphans", "--json", *arguments, stdout=printed)
    report: dict[str, Any] = json.loads(printed.getvalue())
    return report


def put(key: str) -> str:
    storage.put_once(key, b"left behind\n", content_type="text/plain")
    return key


def keys_of(report: dict[str, Any], what: str = "orphans") -> list[str]:
    return sorted(row["key"] for row in report[what])


@pytest.fixture
def empty_store() -> None:
    """Forget what other tests of this session stored: their rows are gone."""
    for prefix in (storage.SCRIPTS, storage.ALIASES):
        for stored in list(storage.objects_under(prefix)):
            storage.delete(stored.key)


@pytest.fixture
def leftovers(empty_store: None, draft: ScriptVersion) -> list[str]:
    owner, script = draft.script.owner_id, draft.script_id
    return sorted(
        [
            put(f"scripts/{owner}/{uuid.uuid4()}/1.0.0/script.py"),
            put(f"scripts/{owner}/{script}/1.0.0/script.py"),
            put(f"scripts/{owner}/{script}/1.0.0/meta.json"),
            put(f"scripts/{owner + 1}/{script}/1.0.0/script.py"),
            put(f"personal/{owner}/signal/{script}.py"),
        ]
    )


def test_it_only_looks_unless_it_is_told_to_remove(leftovers: list[str]) -> None:
    report = sweep("--older-than", "0")

    assert (report["dry_run"], report["removed"]) == (True, [])
    assert keys_of(report) == leftovers
    assert keys_of(sweep("--older-than", "0")) == leftovers

    removed = sweep("--older-than", "0", "--remove")
    assert sorted(removed["removed"]) == leftovers
    assert sweep("--older-than", "0")["looked_at"] == 0


def test_what_is_young_is_left_alone(leftovers: list[str]) -> None:
    report = sweep("--remove")

    assert (report["looked_at"], report["orphans"], report["removed"]) == (len(leftovers), [], [])


def test_what_a_row_names_stays_whatever_became_of_it(
    empty_store: None,
    ada: User,
    rita: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        published = make_published_version(ada, rita, name="A")
        withdrawn = make_published_version(ada, rita, name="B")
    publishing.withdraw_version(withdrawn, note="Wrong.", acting_user=ada, now=NOON)

    report = sweep("--older-than", "0", "--remove")

    assert report["looked_at"] == 8
    assert report["removed"] == []
    assert queries.read_source(published) == queries.read_source(withdrawn) == SOURCE


def test_what_a_failed_publication_stored_stays_while_it_can_be_repeated(
    empty_store: None, ada: User, rita: User
) -> None:
    version = make_approved_version(ada, rita)
    folder = storage.folder_of(ada.pk, version.script_id, "1.0.0")
    key = put(f"{folder}/script.py")
    assert keys_of(sweep("--older-than", "0", "--remove")) == []

    review.request_changes(version, note="Again.", acting_user=rita, now=NOON)
    assert sweep("--older-than", "0", "--remove")["removed"] == [key]


def test_what_is_not_ours_is_named_and_never_removed(empty_store: None, ada: User) -> None:
    keys = sorted([put("scripts/readme.txt"), put(f"personal/{ada.pk}/signal/notes.py")])

    report = sweep("--older-than", "0", "--remove")

    assert keys_of(report, "unrecognised") == keys
    assert report["removed"] == []
    assert [storage.fetch(key) for key in keys] == [b"left behind\n"] * 2


def test_a_store_that_is_down_is_a_failure(db: None, settings: Settings) -> None:
    settings.S3_ENDPOINT = "http://127.0.0.1:9"

    with pytest.raises(CommandError, match="does not answer"):
        sweep()


def test_the_store_is_proven_to_keep_what_is_written(empty_store: None) -> None:
    printed = StringIO()

    call_command("check_storage", "--json", stdout=printed)

    report = json.loads(printed.getvalue())
    assert report["ok"] is True
    assert report["checks"]["refuses to write over it"] is True
    assert list(storage.objects_under(storage.SCRIPTS)) == []


def test_a_store_that_lets_others_write_over_it_is_told(
    empty_store: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "_TAKEN", frozenset())
    forgetful = storage._put
    monkeypatch.setattr(storage, "_put", lambda *given, **_: forgetful(*given))

    with pytest.raises(CommandError, match="refuses to write over it"):
        call_command("check_storage", stdout=StringIO())
