"""Writing a script without scripts in the browser: the form, what it refuses, who may open it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from registry.admin.new_script import EMPTY_SOURCE
from registry.editions import edition_of
from registry.models import Script, ScriptVersion
from registry.services import drafts
from registry.starters.catalogue import STARTERS
from tests.factories import NOON, make_draft, make_published_version

ADD = reverse("admin:registry_script_add")
SCHEMA = {"type": "object", "properties": {"period": {"type": "integer"}}}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def edit_page(script: Script) -> str:
    return reverse("admin:registry_script_draft", args=[script.pk])


def form(script: Script, **changes: Any) -> dict[str, Any]:
    """Return what a browser sends from the page as it is, with some fields changed."""
    written = {
        "name": script.name,
        "description": "The mean of the last closes.",
        "source": "emit_signal({'value': 1.0})\r\n",
        "runtime_mode": "realtime",
        "timeframe": "1d",
        "version": "1.0.0",
        "input_schema": json.dumps(SCHEMA),
        "output_schema": '{"type": "object"}',
        "tiers": "gold, silver",
        "features": "",
        "release_note": "",
        "edition": edition_of(script),
    }
    return {**written, **changes}


def shown_beside(response: Any, field: str) -> str:
    assert response.status_code == 200
    return " ".join(response.context["form"].errors.get(field, []))


def test_a_script_begins_with_a_starter_and_a_name(ada: User) -> None:
    begun = signed_in(ada).post(ADD, {"name": "Mine", "starter": "rsi"})

    version = ScriptVersion.objects.get(script__name="Mine")
    assert begun.headers["Location"] == edit_page(version.script)
    assert version.source == STARTERS[1].source
    assert version.input_schema["properties"].keys() == {"period", "lower", "upper"}
    assert version.script.description == STARTERS[1].description
    assert version.screening.requested_at is not None


def test_a_script_may_begin_with_next_to_nothing(ada: User) -> None:
    signed_in(ada).post(ADD, {"name": "Mine", "starter": "empty"})

    assert ScriptVersion.objects.get().source == EMPTY_SOURCE


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": "", "starter": "rsi"}, "name"),
        ({"name": "x" * 121, "starter": "rsi"}, "name"),
        ({"name": "RSI", "starter": "rsi"}, "name"),
        ({"name": "Mine", "starter": "../rsi"}, "starter"),
        ({"name": "Mine"}, "starter"),
    ],
)
def test_what_a_beginning_lacks_is_told_beside_its_field(
    ada: User, draft: ScriptVersion, given: dict[str, str], field: str
) -> None:
    refused = signed_in(ada).post(ADD, given)

    assert shown_beside(refused, field)
    assert Script.objects.get() == draft.script


def test_an_author_writes_in_the_browser(
    ada: User, sam: User, draft: ScriptVersion, rita: User
) -> None:
    needed = make_published_version(ada, rita, name="Needed").reference

    saved = signed_in(ada).post(
        edit_page(draft.script),
        form(draft.script, depends_on=[needed], allowed_users=[str(sam.pk)]),
        follow=True,
    )

    assert "RSI 1.0.0 is saved." in saved.content.decode()
    draft.refresh_from_db()
    assert draft.source == "emit_signal({'value': 1.0})\n"
    assert draft.input_schema == SCHEMA
    assert draft.manifest["depends_on"] == [needed]
    assert draft.manifest["permissions"] == {
        "tiers": ["gold", "silver"],
        "features": [],
        "allowed_users": [str(sam.pk)],
    }


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "", "required"),
        ("source", "   ", "at least one statement"),
        ("source", "a = '\x00'", "Null characters"),
        ("version", "one", "such as 1.4.0"),
        ("input_schema", '{"type": "object",', "line 1, column 19"),
        ("input_schema", "[]", "Write a JSON object"),
        ("input_schema", "[" * 100_000, "nested too deeply"),
        ("output_schema", '{"type": 7}', "not a usable JSON Schema"),
        ("output_schema", '{"minimum": NaN}', ""),
        ("timeframe", "7m", "7m"),
        ("depends_on", "nonsense", "nonsense"),
    ],
)
def test_a_mistake_is_told_beside_its_field_and_nothing_is_lost(
    ada: User, draft: ScriptVersion, field: str, value: str, said: str
) -> None:
    before = draft.source
    client = signed_in(ada)

    refused = client.post(edit_page(draft.script), form(draft.script, **{field: value}))

    problems = shown_beside(refused, field) or shown_beside(refused, "__all__")
    assert problems
    assert said in problems
    assert "The mean of the last closes." in refused.content.decode()
    draft.refresh_from_db()
    assert draft.source == before
    kept = client.get(edit_page(draft.script))
    assert "The mean of the last closes." in kept.content.decode()
    assert "is no draft yet" in kept.content.decode()


def test_a_name_that_is_taken_is_told_beside_the_name(ada: User, draft: ScriptVersion) -> None:
    other = make_draft(ada, name="Another")

    refused = signed_in(ada).post(edit_page(other.script), form(other.script, name="RSI"))

    assert "already have a script named" in shown_beside(refused, "name")


def test_a_draft_is_edited_and_keeps_what_was_not_touched(ada: User, draft: ScriptVersion) -> None:
    client = signed_in(ada)
    shown = client.get(edit_page(draft.script)).context
    unchanged = {name: shown["form"][name].value() or "" for name in shown["form"].fields}
    before = dict(draft.manifest)

    changed = {"depends_on": [], "allowed_users": [], "source": "fresh = 1\n"}
    edition = {"edition": shown["state"]["edition"]}
    client.post(edit_page(draft.script), {**unchanged, **changed, **edition})

    draft.refresh_from_db()
    assert draft.source == "fresh = 1\n"
    assert draft.manifest == before
    assert Script.objects.get().name == "RSI"


def test_what_is_emptied_is_taken_out_of_the_manifest(ada: User) -> None:
    tolerance = {"value": {"absolute": 0.1}}
    draft = make_draft(ada, manifest={"watermark": {"tolerance": tolerance}})
    client = signed_in(ada)

    client.post(edit_page(draft.script), form(draft.script, tolerance=json.dumps(tolerance)))
    draft.refresh_from_db()
    assert draft.manifest["watermark"]["tolerance"] == tolerance
    client.post(edit_page(draft.script), form(draft.script, tolerance=""))

    draft.refresh_from_db()
    assert draft.manifest["watermark"]["tolerance"] == {}


def test_a_page_that_is_old_overwrites_nothing_until_it_is_asked_to(
    ada: User, draft: ScriptVersion
) -> None:
    client, old = signed_in(ada), form(draft.script, source="of the first tab = 1")
    client.post(edit_page(draft.script), form(draft.script, source="second = 2\n"))

    refused = client.post(edit_page(draft.script), old)

    draft.refresh_from_db()
    assert draft.source == "second = 2\n"
    page = refused.content.decode()
    assert "saved somewhere else" in page
    assert "of the first tab = 1" in page
    again = form(draft.script, source="first = 1\n", edition=refused.context["state"]["edition"])
    client.post(edit_page(draft.script), again)
    draft.refresh_from_db()
    assert draft.source == "first = 1\n"


def test_after_a_publication_the_form_opens_the_next_version(
    ada: User, published: ScriptVersion
) -> None:
    client = signed_in(ada)
    page = reverse("admin:registry_scriptversion_change", args=[published.pk])
    assert "Write the next version" in client.get(page).content.decode()
    offered = client.get(edit_page(published.script)).context["form"]["version"].value()
    assert offered == "1.1.0"

    script = published.script
    refused = client.post(edit_page(script), form(script, version="1.0.0"))
    client.post(edit_page(script), form(script, version=offered))

    assert "not greater than 1.0.0" in shown_beside(refused, "version")
    assert published.script.versions.count() == 2


def test_a_version_under_review_leads_back_to_its_page(ada: User, submitted: ScriptVersion) -> None:
    client = signed_in(ada)
    page = reverse("admin:registry_scriptversion_change", args=[submitted.pk])

    reply = client.get(edit_page(submitted.script), follow=True)

    assert reply.redirect_chain == [(page, 302)]
    assert "is submitted: it cannot be edited" in reply.content.decode()
    assert edit_page(submitted.script) not in reply.content.decode()


@pytest.mark.parametrize(
    ("name", "status"), [("rita", 403), ("olga", 403), ("mallory", 404), ("sam", 302)]
)
def test_nobody_else_writes_at_a_draft(
    name: str, status: int, request: pytest.FixtureRequest, draft: ScriptVersion
) -> None:
    client = signed_in(request.getfixturevalue(name))

    assert client.get(edit_page(draft.script)).status_code == status
    assert client.post(edit_page(draft.script), form(draft.script)).status_code == status
    draft.refresh_from_db()
    assert draft.script.name == "RSI"


@pytest.mark.parametrize("name", ["rita", "olga"])
def test_only_authors_add_scripts(name: str, request: pytest.FixtureRequest) -> None:
    client = signed_in(request.getfixturevalue(name))

    assert client.post(ADD, {"name": "Mine", "starter": "rsi"}).status_code == 403
    assert ADD not in client.get(reverse("admin:registry_script_changelist")).content.decode()
    assert not Script.objects.exists()


def test_another_house_is_offered_neither_scripts_nor_people(
    mallory: User, published: ScriptVersion
) -> None:
    own = make_draft(mallory, name="Own")

    shown = signed_in(mallory).get(edit_page(own.script)).context["form"]

    assert shown.fields["depends_on"].choices == []
    assert shown.fields["allowed_users"].choices == []


def test_a_reviewer_reads_by_name_what_a_version_needs_and_whom_it_lets_in(
    ada: User, rita: User, sam: User, mallory: User, published: ScriptVersion
) -> None:
    foreign = make_published_version(mallory, rita_of(mallory), name="Lighthouse secret")
    version = drafts.create_draft(
        name="Needs the others",
        source="x = 1\n",
        manifest={
            "depends_on": [f"{published.script_id}@1.0.0", f"{foreign.script_id}@1.0.0"],
            "permissions": {"allowed_users": [str(sam.pk), str(mallory.pk)]},
        },
        acting_user=ada,
        now=NOON,
    )
    page = reverse("admin:registry_scriptversion_change", args=[version.pk])

    text = signed_in(rita).get(page).content.decode()

    assert "RSI 1.0.0" in text
    assert "which is unknown" in text
    assert "<dd>sam</dd>" in text
    assert "Lighthouse secret" not in text
    assert "mallory" not in text


def rita_of(author: User) -> User:
    """Return a reviewer in an author's house."""
    membership = author.memberships.first()
    assert membership is not None
    reviewer = User.objects.create_user("rhea", is_staff=True)
    reviewer.memberships.create(tenant=membership.tenant, role="reviewer")
    return reviewer


def test_a_list_shows_where_the_newest_version_stands(ada: User, draft: ScriptVersion) -> None:
    make_draft(ada, name="Another")

    page = signed_in(ada).get(reverse("admin:registry_script_changelist")).content.decode()

    assert page.count("status-draft") == 2
