"""Entity tags: who has a page already is told so, who writes over a change is stopped."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from registry.models import Script, ScriptVersion
from registry.services import drafts
from tests import factories
from tests.problems import as_user, assert_problem, post

PREFIXES = ["", "/api/v2"]


def patch(user: User, path: str, body: Any, **headers: str) -> Any:
    return as_user(user).patch(path, body, format="json", headers=headers)


def tag_of(user: User, path: str) -> str:
    return str(as_user(user).get(path)["ETag"])


@pytest.mark.parametrize("prefix", PREFIXES)
def test_who_has_the_script_already_is_sent_nothing(
    prefix: str, draft: ScriptVersion, ada: User
) -> None:
    path = f"{prefix}/scripts/{draft.script_id}"
    tag = tag_of(ada, path)

    for given in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = as_user(ada).get(path, headers={"If-None-Match": given})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)

    assert as_user(ada).get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    assert as_user(ada).head(path, headers={"If-None-Match": tag}).status_code == 304


def test_a_version_has_a_tag_too(published: Script, sam: User, ada: User) -> None:
    factories.make_entitlement(published, sam)
    path = f"/scripts/{published.pk}/versions/1.0.0"

    tag = tag_of(sam, path)

    assert as_user(sam).get(path, headers={"If-None-Match": tag}).status_code == 304
    # The author reads more of it, and so another representation.
    assert tag_of(ada, path) != tag


def test_the_tag_changes_with_every_visible_change(draft: ScriptVersion, ada: User) -> None:
    path = f"/scripts/{draft.script_id}"
    before = tag_of(ada, path)

    changed = patch(ada, path, {"description": "New."})

    assert changed["ETag"] not in ("", before)
    assert tag_of(ada, path) == changed["ETag"]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_an_edit_of_what_was_edited_meanwhile_is_refused(
    prefix: str, draft: ScriptVersion, ada: User
) -> None:
    path = f"{prefix}/scripts/{draft.script_id}"
    read = tag_of(ada, path)
    mine = patch(ada, path, {"description": "First."}, **{"If-Match": read})

    late = patch(ada, path, {"description": "Second."}, **{"If-Match": read})

    assert mine.status_code == 200
    problem = assert_problem(late, 412, "precondition_failed", "If-Match")
    assert problem["current"] == mine["ETag"]
    assert as_user(ada).get(path).json()["description"] == "First."
    assert patch(ada, path, {"description": "x"}, **{"If-Match": mine["ETag"]}).status_code == 200


@pytest.mark.parametrize(("given", "status"), [("*", 200), ('W/"x"', 412), ("x", 412), ("", 412)])
def test_a_precondition_is_read_as_the_standard_says(
    given: str, status: int, draft: ScriptVersion, ada: User
) -> None:
    path = f"/scripts/{draft.script_id}"

    reply = patch(ada, path, {"description": "New."}, **{"If-Match": given})

    assert reply.status_code == status


def test_a_weak_tag_names_no_state_to_write_over(draft: ScriptVersion, ada: User) -> None:
    path = f"/scripts/{draft.script_id}"

    reply = patch(ada, path, {"description": "x"}, **{"If-Match": f"W/{tag_of(ada, path)}"})

    assert_problem(reply, 412, "precondition_failed")


@pytest.mark.parametrize(
    ("step", "body"),
    [
        ("submit", {}),
        ("approve", {"reviewed_sha256": "0" * 64, "reviewed_manifest_sha256": "0" * 64}),
        ("request-changes", {"note": "No."}),
        ("publish", {}),
    ],
)
def test_a_step_on_something_else_than_was_read_is_refused(
    step: str, body: dict[str, str], draft: ScriptVersion, ada: User, rita: User
) -> None:
    who = rita if step in ("approve", "request-changes") else ada

    reply = post(who, f"/scripts/{draft.script_id}/{step}", body, **{"If-Match": '"old"'})

    assert_problem(reply, 412, "precondition_failed", "If-Match")
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_the_whole_way_goes_from_tag_to_tag(draft: ScriptVersion, ada: User, rita: User) -> None:
    path = f"/scripts/{draft.script_id}"
    submitted = post(ada, f"{path}/submit", **{"If-Match": tag_of(ada, path)})
    factories.record_evidence(draft)
    approved = post(
        rita, f"{path}/approve", factories.as_read(draft), **{"If-Match": submitted["ETag"]}
    )
    published = post(ada, f"{path}/publish", **{"If-Match": approved["ETag"]})

    assert published.status_code == 200
    assert published.json()["current_version"] == "1.0.0"


def test_a_precondition_tells_an_outsider_nothing(draft: ScriptVersion, mallory: User) -> None:
    reply = patch(mallory, f"/scripts/{draft.script_id}", {}, **{"If-Match": '"old"'})

    assert_problem(reply, 404, "no_such_script")


@pytest.mark.django_db(transaction=True)
def test_of_two_edits_from_the_same_reading_exactly_one_is_made(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = factories.make_draft(ada, name="Raced")
    path = f"/scripts/{draft.script_id}"
    tag = tag_of(ada, path)
    meet, replies = threading.Barrier(2), []
    edit = drafts.edit_draft

    def edit_when_both_have_come(*args: Any, **fields: Any) -> Any:
        # Without the lock both would stand here at once, each sure that nothing had changed.
        with contextlib.suppress(threading.BrokenBarrierError):
            meet.wait(timeout=0.5)
        return edit(*args, **fields)

    def send(description: str) -> None:
        try:
            replies.append(patch(ada, path, {"description": description}, **{"If-Match": tag}))
        finally:
            connection.close()

    monkeypatch.setattr(drafts, "edit_draft", edit_when_both_have_come)
    writers = [threading.Thread(target=send, args=(text,)) for text in ("One.", "Two.")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert sorted(reply.status_code for reply in replies) == [200, 412]
