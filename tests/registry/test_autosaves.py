"""Saving while one types: nothing is lost, and nothing newer is overwritten."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from registry.editions import edition_of
from registry.lifecycle import NotEditable
from registry.models import DraftAutosave, Script, ScriptVersion
from registry.services import autosaves, drafts
from registry.services.autosaves import DraftChangedElsewhere, Saved, TypedTooMuch
from tests.factories import NOON, SOURCE, make_draft
from tests.registry.test_admin_drafts import edit_page, form, signed_in


def autosave_page(script: Script) -> str:
    return reverse("admin:registry_script_autosave", args=[script.pk])


def save(
    draft: ScriptVersion,
    *,
    edition: str | None = None,
    source: str = "typed = 1\n",
    is_draft: bool = True,
    seconds: float = 0,
    is_pause: bool = True,
) -> Saved:
    """Save what an author typed some seconds after noon."""
    script = draft.script
    return autosaves.save_typed(
        script,
        typed={"source": source},
        written={"source": source} if is_draft else None,
        edition=edition or edition_of(script),
        is_pause=is_pause,
        acting_user=script.owner,
        now=NOON + timedelta(seconds=seconds),
    )


def post(client: Client, script: Script, **changes: Any) -> Any:
    return client.post(autosave_page(script), form(script, **changes))


def test_what_is_a_draft_becomes_the_draft_and_is_screened(draft: ScriptVersion) -> None:
    saved = save(draft)

    draft.refresh_from_db()
    assert saved.draft == draft
    assert draft.source == "typed = 1\n"
    assert draft.screening.requested_at == NOON
    assert not DraftAutosave.objects.exists()


@pytest.mark.parametrize("source", ["", "a\x00b", "x" * 70_000])
def test_what_is_no_draft_is_kept_beside_it_with_the_reason(
    draft: ScriptVersion, source: str
) -> None:
    saved = save(draft, source=source)

    draft.refresh_from_db()
    kept = DraftAutosave.objects.get(script=draft.script)
    assert saved.draft is None
    assert draft.source == SOURCE
    assert kept.fields == {"source": source}
    assert kept.problem.startswith("source:")


def test_the_next_good_save_takes_the_place_of_what_was_kept(draft: ScriptVersion) -> None:
    save(draft, is_draft=False)

    save(draft, seconds=1)

    draft.refresh_from_db()
    assert draft.source == "typed = 1\n"
    assert not DraftAutosave.objects.exists()


@pytest.mark.parametrize("is_draft", [True, False])
def test_what_was_saved_since_is_not_overwritten(draft: ScriptVersion, is_draft: bool) -> None:
    seen = edition_of(draft.script)
    save(draft, source="second = 2\n", is_draft=is_draft, seconds=1)

    with pytest.raises(DraftChangedElsewhere):
        save(draft, edition=seen, seconds=2)

    draft.refresh_from_db()
    assert draft.source == ("second = 2\n" if is_draft else SOURCE)


def test_an_edit_by_another_way_counts_as_one_elsewhere(draft: ScriptVersion) -> None:
    seen = edition_of(draft.script)
    drafts.edit_draft(
        draft.script,
        release_note="By the API.",
        acting_user=draft.author,
        now=NOON + timedelta(seconds=1),
    )

    with pytest.raises(DraftChangedElsewhere):
        save(draft, edition=seen)


def test_a_version_under_review_takes_nothing(submitted: ScriptVersion) -> None:
    with pytest.raises(NotEditable):
        save(submitted, is_draft=False)

    assert not DraftAutosave.objects.exists()


def test_what_is_far_too_large_is_refused_and_nothing_changes(draft: ScriptVersion) -> None:
    with pytest.raises(TypedTooMuch):
        save(draft, source="x" * settings.AUTOSAVE_MAX_CHARACTERS)

    assert not DraftAutosave.objects.exists()


def test_somebody_elses_draft_is_not_saved(draft: ScriptVersion, rita: User) -> None:
    with pytest.raises(drafts.NotTheAuthor):
        autosaves.save_typed(
            draft.script,
            typed={},
            written={},
            edition=edition_of(draft.script),
            is_pause=True,
            acting_user=rita,
            now=NOON,
        )


def test_the_trail_notes_one_pause_in_ten_minutes_and_every_save_that_was_asked_for(
    draft: ScriptVersion,
) -> None:
    def noted() -> int:
        return AuditEvent.objects.filter(event="draft_edited").count()

    counts = []
    for seconds, is_pause in [(0, True), (5, True), (6, False), (599, True), (607, True)]:
        save(draft, source=f"a = {seconds}\n", seconds=seconds, is_pause=is_pause)
        counts.append(noted())

    assert counts == [1, 1, 2, 2, 3]


def test_the_first_change_after_a_publication_begins_the_next_version(
    published: ScriptVersion,
) -> None:
    saved = save(published, source="next = 1\n")

    assert saved.draft is not None
    assert (saved.draft.version, saved.draft.status) == ("1.1.0", "draft")
    assert AuditEvent.objects.filter(object_id=str(saved.draft.pk)).exists()


def test_the_page_is_told_what_became_of_a_save(ada: User, draft: ScriptVersion) -> None:
    client = signed_in(ada)

    state = post(client, draft.script, source="typed = 1\n").json()

    draft.refresh_from_db()
    assert draft.source == "typed = 1\n"
    assert state["is_draft"] is True
    assert state["errors"] == {}
    assert state["edition"] == edition_of(draft.script)
    assert state["draft"]["source_sha256"] == draft.source_sha256
    assert state["screening"]["is_asked_for"] is True


def test_the_page_is_told_which_field_keeps_it_from_being_a_draft(
    ada: User, draft: ScriptVersion
) -> None:
    client = signed_in(ada)

    by_form = post(client, draft.script, input_schema="{").json()
    by_service = post(client, draft.script, output_schema='{"type": 7}').json()

    assert by_form["is_draft"] is False
    assert "not JSON" in by_form["errors"]["input_schema"][0]
    assert "not a usable JSON Schema" in by_service["errors"]["output_schema"][0]
    assert by_service["is_ready"] is False
    shown = client.get(edit_page(draft.script)).context["form"]
    assert shown["output_schema"].value() == '{"type": 7}'


def test_a_save_over_a_newer_one_is_told_what_stands_there(ada: User, draft: ScriptVersion) -> None:
    client, old = signed_in(ada), form(draft.script, source="first = 1\n")
    post(client, draft.script, source="second = 2\n")

    refused = client.post(autosave_page(draft.script), old)

    problem = json.loads(refused.content)
    assert (refused.status_code, problem["code"]) == (409, "draft_changed_elsewhere")
    assert problem["saved"]["fields"]["source"] == "second = 2\n"
    assert problem["saved"]["edition"] == edition_of(draft.script)


def test_what_was_kept_can_be_thrown_away(ada: User, draft: ScriptVersion) -> None:
    client = signed_in(ada)
    post(client, draft.script, source=" ")

    client.post(reverse("admin:registry_script_discard", args=[draft.script_id]))

    assert client.get(edit_page(draft.script)).context["form"]["source"].value() == SOURCE


@pytest.mark.parametrize(
    ("name", "status"), [("rita", 403), ("olga", 403), ("mallory", 404), ("sam", 302)]
)
@pytest.mark.parametrize("page", ["autosave", "draft_state", "discard"])
def test_nobody_else_asks_for_a_draft(
    name: str, status: int, page: str, request: pytest.FixtureRequest, draft: ScriptVersion
) -> None:
    client = signed_in(request.getfixturevalue(name))
    address = reverse(f"admin:registry_script_{page}", args=[draft.script_id])

    asked = client.get(address) if page == "draft_state" else client.post(address)

    assert asked.status_code == status


def test_a_save_without_any_field_is_kept_as_it_is(ada: User, draft: ScriptVersion) -> None:
    edition = {"edition": edition_of(draft.script)}

    reply = signed_in(ada).post(autosave_page(draft.script), edition)

    assert reply.status_code == 200
    assert "source" in reply.json()["errors"]
    assert signed_in(ada).get(edit_page(draft.script)).status_code == 200


def test_two_scripts_have_editions_of_their_own(ada: User, draft: ScriptVersion) -> None:
    other = make_draft(ada)

    with pytest.raises(DraftChangedElsewhere):
        save(draft, edition=edition_of(other.script))
