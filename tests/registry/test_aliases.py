"""The personal alias follows what a script runs, and a crash in between is repaired."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.models import User
from common.canonical import sha256
from registry import storage
from registry.models import PersonalAlias, Script, ScriptVersion
from registry.services import aliases, policies, publishing
from tests.factories import NOON, make_draft, make_published_version, publish_next_version

Committing = DjangoCaptureOnCommitCallbacks


@pytest.fixture
def script(ada: User, rita: User, django_capture_on_commit_callbacks: Committing) -> Script:
    with django_capture_on_commit_callbacks(execute=True):
        version = make_published_version(ada, rita, name="RSI", source="x = 1\n")
    return version.script


def alias_of(script: Script) -> tuple[str, dict[str, Any]]:
    base = f"personal/{script.owner_id}/signal/{script.pk}"
    source = storage.fetch(f"{base}.py").decode()
    return source, json.loads(storage.fetch(f"{base}.meta.json"))


def test_it_is_a_copy_of_what_runs_under_the_contracts_name(script: Script) -> None:
    source, meta = alias_of(script)

    assert source == "x = 1\n"
    assert meta["version"] == "1.0.0"
    assert meta["source_sha256"] == sha256(source.encode())
    assert not aliases.aliases_behind().exists()


def test_it_follows_a_publication_and_the_way_back(
    script: Script, ada: User, rita: User, django_capture_on_commit_callbacks: Committing
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        publish_next_version(script, rita, source="x = 2\n")
    assert alias_of(script)[0] == "x = 2\n"

    with django_capture_on_commit_callbacks(execute=True):
        policies.roll_back(script, "1.0.0", reason="Wrong.", acting_user=ada, now=NOON)
    assert alias_of(script)[0] == "x = 1\n"
    assert alias_of(script)[1]["version"] == "1.0.0"


def test_it_goes_when_nothing_runs(
    script: Script, ada: User, django_capture_on_commit_callbacks: Committing
) -> None:
    version = ScriptVersion.objects.get(script=script)
    with django_capture_on_commit_callbacks(execute=True):
        publishing.withdraw_version(version, note="Wrong.", acting_user=ada, now=NOON)

    with pytest.raises(storage.ObjectMissing):
        alias_of(script)
    assert not PersonalAlias.objects.exists()
    assert not aliases.aliases_behind().exists()


def test_a_crash_after_the_commit_leaves_it_known_to_be_behind(
    script: Script, ada: User, rita: User
) -> None:
    publish_next_version(script, rita, source="x = 2\n")  # and nothing runs after the commit

    assert alias_of(script)[0] == "x = 1\n"
    assert list(aliases.aliases_behind()) == [script]

    printed = StringIO()
    call_command("repair_aliases", json=True, stdout=printed)

    assert json.loads(printed.getvalue()) == {"repaired": {str(script.pk): "1.1.0"}, "failed": {}}
    assert alias_of(script)[0] == "x = 2\n"
    assert not aliases.aliases_behind().exists()


def test_going_there_and_back_without_a_writer_is_still_behind(
    script: Script, ada: User, rita: User
) -> None:
    publish_next_version(script, rita, source="x = 2\n")
    policies.roll_back(script, "1.0.0", reason="Wrong.", acting_user=ada, now=NOON)

    assert list(aliases.aliases_behind()) == [script]


def test_a_store_that_is_down_stops_no_publication(
    ada: User, rita: User, script: Script, settings: Settings
) -> None:
    publish_next_version(script, rita, source="x = 2\n")
    settings.S3_ENDPOINT = "http://127.0.0.1:9"

    with pytest.raises(CommandError, match="does not answer"):
        call_command("repair_aliases", stdout=StringIO())

    assert list(aliases.aliases_behind()) == [script]


def test_scripts_that_were_never_published_have_none(ada: User) -> None:
    make_draft(ada)

    assert not aliases.aliases_behind().exists()
