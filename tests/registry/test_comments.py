"""Comments on lines: who writes them, where they stand, and how long they are carried along."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from registry import access
from registry.comments import PlacedComment, comments_on
from registry.models import ReviewComment, ScriptVersion
from registry.services import drafts, review
from registry.services.comments import (
    AlreadyResolved,
    CommentsAreClosed,
    NoSuchLine,
    add_comment,
    resolve_comment,
)
from registry.services.review import SourceChanged
from registry.texts import InvalidText
from tests.factories import NOON, make_submitted_version, publish_next_version
from tests.registry.test_admin import HOSTILE, page_of, signed_in, text_of

SOURCE = "first = 1\nsecond = 2\nthird = 3\n"


@pytest.fixture
def version(ada: User) -> ScriptVersion:
    return make_submitted_version(ada, name="RSI", source=SOURCE)


def comment(version: ScriptVersion, user: User, **fields: Any) -> ReviewComment:
    given = {"line": 2, "text": "Why two?", "source_sha256": version.source_sha256, **fields}
    return add_comment(version, acting_user=user, now=NOON, **given)


def placed(version: ScriptVersion) -> list[tuple[int | None, bool]]:
    return [(each.line, each.is_carried) for each in comments_on(version)]


def edited(version: ScriptVersion, source: str) -> ScriptVersion:
    """Give a version back to its author, who changes it."""
    rita = User.objects.get(username="rita")
    review.request_changes(version, note="Change it.", acting_user=rita, now=NOON)
    return drafts.edit_draft(
        version.script, source=source, acting_user=version.author, now=NOON, release_note="Done."
    )


def send(client: Client, version: ScriptVersion, **fields: Any) -> Any:
    given = {"line": "2", "text": "Why?", "source_sha256": version.source_sha256, **fields}
    address = reverse("admin:registry_scriptversion_comment", args=[version.pk])
    return client.post(address, given, follow=True)


@pytest.mark.parametrize("name", ["ada", "rita", "olga"])
def test_whoever_reads_the_source_comments_on_a_line(
    name: str, request: pytest.FixtureRequest, version: ScriptVersion
) -> None:
    user = request.getfixturevalue(name)

    said = comment(version, user)

    assert (said.author, said.line, said.line_text) == (user, 2, "second = 2")
    event = AuditEvent.objects.get(event="version_commented")
    assert (event.actor, event.reason) == (user, "Why two?")


@pytest.mark.parametrize("name", ["sam", "mallory"])
def test_nobody_else_comments_or_resolves(
    name: str, request: pytest.FixtureRequest, rita: User, version: ScriptVersion
) -> None:
    outsider = request.getfixturevalue(name)
    said = comment(version, rita)

    with pytest.raises(access.NoSuchScript):
        comment(version, outsider)
    with pytest.raises(access.NoSuchScript):
        resolve_comment(said, acting_user=outsider, now=NOON)

    assert [each.is_open for each in comments_on(version)] == [True]


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"line": 0}, NoSuchLine),
        ({"line": 5}, NoSuchLine),
        ({"text": " \n "}, InvalidText),
        ({"text": "x" * 4001}, InvalidText),
        ({"text": "a\0b"}, InvalidText),
        ({"source_sha256": "0" * 64}, SourceChanged),
    ],
)
def test_a_comment_says_something_about_a_line_that_is_there(
    fields: dict[str, Any], refusal: type[Exception], rita: User, version: ScriptVersion
) -> None:
    with pytest.raises(refusal):
        comment(version, rita, **fields)

    assert not ReviewComment.objects.exists()


def test_what_was_published_is_not_commented_on(rita: User, published: ScriptVersion) -> None:
    with pytest.raises(CommentsAreClosed):
        comment(published, rita, line=1)


def test_a_comment_is_resolved_once_and_by_name(
    ada: User, rita: User, version: ScriptVersion
) -> None:
    said = comment(version, rita)

    resolve_comment(said, acting_user=ada, now=NOON)
    with pytest.raises(AlreadyResolved):
        resolve_comment(said, acting_user=rita, now=NOON)

    said.refresh_from_db()
    assert (said.resolved_by, said.resolved_at) == (ada, NOON)
    assert AuditEvent.objects.filter(event="comment_resolved").count() == 1


def test_a_comment_follows_its_line_into_the_next_submission(
    rita: User, version: ScriptVersion
) -> None:
    comment(version, rita)

    moved = edited(version, f"# a line above\n{SOURCE}")

    assert placed(moved) == [(3, True)]


def test_a_comment_whose_line_is_gone_stays_visible(rita: User, version: ScriptVersion) -> None:
    comment(version, rita)

    changed = edited(version, SOURCE.replace("second = 2", "second = 22"))

    assert placed(changed) == [(None, True)]
    page = text_of(signed_in(rita).get(page_of(changed)))
    lost = page.partition("Comments on lines that are gone")[2]
    assert "second = 2" in lost
    assert "Why two?" in lost


def test_an_open_comment_is_carried_to_the_next_version_and_a_resolved_one_is_not(
    ada: User, rita: User, version: ScriptVersion
) -> None:
    comment(version, rita, line=1, text="Settled.")
    comment(version, rita, line=3, text="Still open.")
    resolve_comment(ReviewComment.objects.get(line=1), acting_user=rita, now=NOON)
    review.request_changes(version, note="Later.", acting_user=rita, now=NOON)

    first = publish_next_version(version.script, rita, source=SOURCE)
    following = drafts.edit_draft(
        version.script, source=f"zeroth = 0\n{SOURCE}", acting_user=ada, now=NOON
    )

    assert following.pk != first.pk
    carried: list[PlacedComment] = comments_on(following)
    assert [(each.comment.text, each.line) for each in carried] == [("Still open.", 4)]


def test_a_comment_stands_below_its_line_for_the_author_too(
    ada: User, rita: User, version: ScriptVersion
) -> None:
    shown = send(signed_in(rita), version, text="Why two?")

    assert shown.redirect_chain[-1][0].endswith("#line-2")
    page = text_of(signed_in(ada).get(page_of(version)))
    between = page.partition('id="line-2"')[2].partition('id="line-3"')[0]
    assert "Why two?" in between
    assert "<strong>rita</strong>" in between


def test_the_author_sees_open_comments_where_the_next_version_is_written(
    ada: User, rita: User, version: ScriptVersion
) -> None:
    comment(version, rita, text="Name it better.")
    edited(version, SOURCE + "fourth = 4\n")

    address = reverse("admin:registry_script_draft", args=[version.script_id])
    page = text_of(signed_in(ada).get(address))

    assert "1 open comment on lines" in page
    assert "Name it better." in page


def test_the_form_opens_on_any_line_without_scripts_in_the_browser(
    rita: User, version: ScriptVersion
) -> None:
    page = text_of(signed_in(rita).get(page_of(version), {"comment": "3"}))

    below = page.partition('id="line-3"')[2].partition("</tbody>")[0]
    assert '<input type="hidden" name="line" value="3">' in below


@pytest.mark.parametrize("line", ["", "x", "-1", "99", "1e3", "²", "9" * 400])
def test_a_line_that_is_none_is_refused_with_a_sentence(
    line: str, rita: User, version: ScriptVersion
) -> None:
    client = signed_in(rita)

    refused = send(client, version, line=line)

    assert refused.status_code == 200
    assert "The source has no such line." in text_of(refused)
    assert client.get(page_of(version), {"comment": line}).status_code == 200
    assert not ReviewComment.objects.exists()


def test_a_page_of_another_source_keeps_no_comment(rita: User, version: ScriptVersion) -> None:
    refused = send(signed_in(rita), version, source_sha256="0" * 64)

    assert "not the one you read any more" in text_of(refused)
    assert not ReviewComment.objects.exists()


def test_the_buttons_are_nothing_to_outsiders_and_nothing_happens_by_reading(
    mallory: User, rita: User, version: ScriptVersion
) -> None:
    said = comment(version, rita)
    resolve = reverse("admin:registry_scriptversion_resolve", args=[version.pk, said.pk])

    assert signed_in(mallory).post(resolve).status_code == 404
    assert send(signed_in(mallory), version).status_code == 404
    assert signed_in(rita).get(resolve).status_code == 302
    said.refresh_from_db()
    assert said.resolved_at is None
    signed_in(rita).post(resolve)
    said.refresh_from_db()
    assert said.resolved_by == rita


def test_a_comment_of_another_script_is_not_resolved_through_this_one(
    ada: User, rita: User, version: ScriptVersion
) -> None:
    other = make_submitted_version(ada, name="Other", source=SOURCE)
    said = comment(other, rita)
    address = reverse("admin:registry_scriptversion_resolve", args=[version.pk, said.pk])

    assert signed_in(rita).post(address).status_code == 404


def test_hostile_comments_are_only_text(ada: User, rita: User, version: ScriptVersion) -> None:
    comment(version, ada, text=f"{HOSTILE} \u202e")

    page = text_of(signed_in(rita).get(page_of(version)))

    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert" in page
    assert "⟦U+202E⟧" in page
