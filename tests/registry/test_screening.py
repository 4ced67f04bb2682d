"""Screenings on the pages of versions, and in the decision of a reviewer."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from registry.models import ScriptVersion, VersionScreening
from registry.services.approval import NoteRequiredForFindings
from registry.services.drafts import NotTheAuthor
from registry.services.screening import (
    keep_screening,
    note_screening_problem,
    request_screening,
    versions_to_screen,
)
from tests.factories import NOON, approve
from tests.registry.test_admin import HOSTILE, page_of, press, signed_in, text_of

pytestmark = pytest.mark.django_db

RULES = "a" * 64


def finding(level: str, line: int | None, message: str = "x.shift(-1) looks ahead") -> Any:
    return {
        "category": "look_ahead",
        "level": level,
        "rule": "look_ahead.negative_shift",
        "line": line,
        "column": 1,
        "message": message,
        "fix": "Shift by a positive number of bars.",
    }


def screened(version: ScriptVersion, *findings: Any, worst: str = "") -> None:
    keep_screening(
        version, findings=list(findings), worst_level=worst, rules_sha256=RULES, now=NOON
    )


def screening_part(client: Client, version: ScriptVersion) -> str:
    text = text_of(client.get(page_of(version)))
    return text.partition('id="screening"')[2].partition("</section>")[0]


def ask(client: Client, version: ScriptVersion) -> Any:
    address = reverse("admin:registry_scriptversion_screen", args=[version.pk])
    return client.post(address, follow=True)


def test_a_reviewer_sees_findings_worst_first_with_links_to_their_lines(
    rita: User, submitted: ScriptVersion
) -> None:
    screened(
        submitted,
        finding("caution", 1, "the caution"),
        finding("danger", 9, "the later danger"),
        finding("danger", 2, "the earlier danger"),
        worst="danger",
    )

    shown = screening_part(signed_in(rita), submitted)

    assert "2 danger, 1 caution" in shown
    assert shown.index("the earlier danger") < shown.index("the later danger")
    assert shown.index("the later danger") < shown.index("the caution")
    assert '<a href="#line-2">line 2</a>' in shown
    assert "Shift by a positive number of bars." in shown
    assert "It is advice" in shown


def test_a_line_link_leads_to_the_source(rita: User, submitted: ScriptVersion) -> None:
    screened(submitted, finding("danger", 1), worst="danger")

    assert 'id="line-1"' in text_of(signed_in(rita).get(page_of(submitted)))


def test_hostile_words_in_a_finding_are_only_words(rita: User, submitted: ScriptVersion) -> None:
    screened(submitted, finding("danger", None, HOSTILE), worst="danger")

    shown = screening_part(signed_in(rita), submitted)

    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown


def test_nothing_found_is_not_called_harmless(rita: User, submitted: ScriptVersion) -> None:
    screened(submitted)

    assert "That does not mean that it is harmless" in screening_part(signed_in(rita), submitted)


def test_a_submitted_version_is_pending_until_a_worker_came_round(
    rita: User, submitted: ScriptVersion
) -> None:
    assert "Pending" in screening_part(signed_in(rita), submitted)

    note_screening_problem(submitted, problem="required layers are not proven: seccomp")

    assert "not proven: seccomp" in screening_part(signed_in(rita), submitted)


def test_a_screening_of_other_bytes_is_not_shown(rita: User, submitted: ScriptVersion) -> None:
    screened(submitted, finding("danger", 1), worst="danger")
    VersionScreening.objects.update(source_sha256="b" * 64)

    shown = screening_part(signed_in(rita), submitted)

    assert "Pending" in shown
    assert "shift" not in shown


def test_an_author_asks_for_a_screening_of_a_draft(ada: User, draft: ScriptVersion) -> None:
    client = signed_in(ada)
    assert "Screen</button>" in screening_part(client, draft)

    ask(client, draft)

    assert list(versions_to_screen(rules_sha256=RULES)) == [draft]
    assert "Pending" in screening_part(client, draft)


def test_nobody_else_asks_for_a_screening_of_a_draft(
    rita: User, mallory: User, draft: ScriptVersion
) -> None:
    with pytest.raises(NotTheAuthor):
        request_screening(draft, acting_user=rita, now=NOON)

    ask(signed_in(rita), draft)
    ask(signed_in(mallory), draft)

    assert not VersionScreening.objects.exists()


def test_approving_in_spite_of_a_danger_takes_a_note(rita: User, submitted: ScriptVersion) -> None:
    screened(submitted, finding("danger", 1), worst="danger")
    client = signed_in(rita)

    refused = press(client, submitted, "approve")
    submitted.refresh_from_db()
    assert submitted.status == "submitted"
    assert "say in the note why it may be approved" in text_of(refused)

    press(client, submitted, "approve", note="The mean of what came later is the label.")
    submitted.refresh_from_db()
    assert submitted.status == "approved"


@pytest.mark.parametrize("worst", ["", "info", "caution"])
def test_lesser_findings_take_no_note(worst: str, rita: User, submitted: ScriptVersion) -> None:
    screened(submitted, worst=worst)

    approve(submitted, rita)

    assert submitted.status == "approved"


def test_the_note_is_asked_for_by_the_service_too(rita: User, submitted: ScriptVersion) -> None:
    screened(submitted, finding("rejected", 1), worst="rejected")

    with pytest.raises(NoteRequiredForFindings):
        approve(submitted, rita)


def test_old_rules_make_a_version_wait_again(submitted: ScriptVersion) -> None:
    screened(submitted)

    assert list(versions_to_screen(rules_sha256=RULES)) == []
    assert list(versions_to_screen(rules_sha256="c" * 64)) == [submitted]
