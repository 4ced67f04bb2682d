"""Writing scripts."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import AuditEvent, User
from accounts.principals import RoleRequired
from common.canonical import sha256
from registry import access
from registry.lifecycle import NotEditable, VersionStatus
from registry.manifest import InvalidManifest
from registry.models import Script, ScriptVersion
from registry.semver import NotASemanticVersion
from registry.services import drafts
from registry.texts import InvalidText, SourceTooLarge
from tests.factories import NOON, make_draft, publish_next_version


def test_a_draft_has_the_hash_of_its_source_and_an_audit_row(ada: User) -> None:
    draft = make_draft(ada, name="RSI", source="x = 1\n")

    assert draft.status == VersionStatus.DRAFT
    assert draft.version == "1.0.0"
    assert draft.source_sha256 == sha256(b"x = 1\n")
    event = AuditEvent.objects.get(event="draft_created")
    assert event.actor == ada
    assert event.object_id == str(draft.pk)


def test_the_line_ends_of_any_editor_give_the_same_source(ada: User) -> None:
    draft = make_draft(ada, source="x = 1\r\ny = 2\r\n")

    assert draft.source == "x = 1\ny = 2\n"


def test_only_authors_write_scripts(rita: User) -> None:
    with pytest.raises(RoleRequired):
        make_draft(rita)


@pytest.mark.parametrize(
    ("fields", "error", "field"),
    [
        ({"name": "  "}, InvalidText, "name"),
        ({"name": "x" * 121}, InvalidText, "name"),
        ({"name": "a\x00b"}, InvalidText, "name"),
        ({"source": "\n \n"}, InvalidText, "source"),
        ({"source": "x = 1\ny = '\x00'\n"}, InvalidText, "source"),
        ({"source": "x = '\ud800'\n"}, InvalidText, "source"),
        ({"source": "x" * (64 * 1024 + 1)}, SourceTooLarge, "source"),
        ({"source": "ä" * (32 * 1024 + 1)}, SourceTooLarge, "source"),
        ({"version": "1.0"}, NotASemanticVersion, "version"),
        ({"manifest": {"timeframe": "2m"}}, InvalidManifest, "timeframe"),
        ({"description": "x" * 4001}, InvalidText, "description"),
    ],
)
def test_bad_input_is_refused_by_its_field_and_stores_nothing(
    ada: User, fields: dict[str, Any], error: type[InvalidText], field: str
) -> None:
    with pytest.raises(error) as refused:
        make_draft(ada, **fields)

    assert refused.value.details["field"] == field
    assert not Script.objects.exists()
    assert not AuditEvent.objects.exists()


def test_a_source_of_exactly_the_greatest_size_is_accepted(ada: User, settings: Settings) -> None:
    settings.SCRIPT_SOURCE_MAX_BYTES = 10

    assert make_draft(ada, source="x = 12345\n").source == "x = 12345\n"


def test_a_nul_is_refused_with_its_line(ada: User) -> None:
    with pytest.raises(InvalidText) as refused:
        make_draft(ada, source="x = 1\ny = '\x00'\n")

    assert refused.value.details["line"] == 2


def test_two_scripts_of_one_author_have_different_names(ada: User, draft: ScriptVersion) -> None:
    with pytest.raises(drafts.NameTaken):
        make_draft(ada, name="RSI")

    assert Script.objects.count() == 1


def test_editing_changes_what_is_given_and_keeps_the_rest(ada: User, draft: ScriptVersion) -> None:
    edited = drafts.edit_draft(
        draft.script, source="y = 2\n", manifest={"timeframe": "5m"}, acting_user=ada, now=NOON
    )

    assert edited.pk == draft.pk
    assert edited.source_sha256 == sha256(b"y = 2\n")
    assert edited.timeframe == "5m"
    assert edited.runtime_mode == draft.runtime_mode
    assert edited.script.name == "RSI"


def test_a_submitted_version_cannot_be_edited(ada: User, submitted: ScriptVersion) -> None:
    with pytest.raises(NotEditable):
        drafts.edit_draft(submitted.script, source="y = 2\n", acting_user=ada, now=NOON)

    submitted.refresh_from_db()
    assert submitted.source != "y = 2\n"


def test_only_the_author_edits(draft: ScriptVersion, rita: User, mallory: User) -> None:
    with pytest.raises(drafts.NotTheAuthor):
        drafts.edit_draft(draft.script, source="y = 2\n", acting_user=rita, now=NOON)
    with pytest.raises(access.NoSuchScript):
        drafts.edit_draft(draft.script, source="y = 2\n", acting_user=mallory, now=NOON)


def test_editing_after_a_publication_opens_the_next_version(
    ada: User, published: ScriptVersion
) -> None:
    following = drafts.edit_draft(published.script, source="y = 2\n", acting_user=ada, now=NOON)

    assert following.pk != published.pk
    assert following.version == "1.1.0"
    assert following.status == VersionStatus.DRAFT
    assert following.manifest == published.manifest
    published.refresh_from_db()
    assert published.source != "y = 2\n"


@pytest.mark.parametrize("version", ["0.9.0", "1.0.0", "1.1.0"])
def test_a_new_version_is_greater_than_every_published_one(
    ada: User, rita: User, published: ScriptVersion, version: str
) -> None:
    publish_next_version(published.script, rita)

    with pytest.raises(drafts.VersionNotGreater) as refused:
        drafts.edit_draft(published.script, version=version, acting_user=ada, now=NOON)

    assert refused.value.details["next_version"] == "1.2.0"


def test_versions_are_compared_as_numbers(ada: User, rita: User, published: ScriptVersion) -> None:
    publish_next_version(published.script, rita, version="1.9.0")

    edited = drafts.edit_draft(published.script, version="1.10.0", acting_user=ada, now=NOON)

    assert edited.version == "1.10.0"
