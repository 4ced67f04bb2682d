"""Reviewing in the browser: what is shown, what is refused, and what cannot be smuggled in."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, Role, User
from registry import access
from registry.checklist import POINTS
from registry.models import Entitlement, Script, ScriptVersion
from registry.services import drafts
from tests.factories import (
    NOON,
    make_draft,
    make_entitlement,
    make_published_version,
    make_submitted_version,
    record_evidence,
)

HOSTILE = "</textarea><script>alert('owned')</script><img src=x onerror=alert(1)>"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(version: ScriptVersion) -> str:
    return reverse("admin:registry_scriptversion_change", args=[version.pk])


def press(client: Client, version: ScriptVersion, step: str, **fields: Any) -> Any:
    """Press a button and confirm."""
    address = reverse("admin:registry_scriptversion_step", args=[version.pk, step])
    read = {
        "source_sha256": version.source_sha256,
        "manifest_sha256": version.manifest_sha256,
        "note": "",
        "confirmed": "yes",
        "checklist": list(POINTS),
    }
    return client.post(address, {**read, **fields}, follow=True)


def text_of(response: Any) -> str:
    text: str = response.content.decode()
    return text


def test_a_reviewer_approves_and_publishes(rita: User, submitted: ScriptVersion) -> None:
    client = signed_in(rita)
    assert "Approve" in text_of(client.get(page_of(submitted)))

    approved = press(client, submitted, "approve", note="Good.")
    published = press(client, submitted, "publish")

    assert "RSI 1.0.0 is approved." in text_of(approved)
    assert "RSI 1.0.0 is published." in text_of(published)
    submitted.refresh_from_db()
    assert submitted.status == "published"
    assert submitted.reviews.get().note == "Good."


def test_a_button_asks_before_it_does_anything(rita: User, submitted: ScriptVersion) -> None:
    address = reverse("admin:registry_scriptversion_step", args=[submitted.pk, "approve"])
    pressed = {
        "note": "Good.",
        "source_sha256": submitted.source_sha256,
        "manifest_sha256": submitted.manifest_sha256,
    }

    asked = signed_in(rita).post(address, pressed)

    assert asked.status_code == 200
    assert "Yes, approve" in text_of(asked)
    assert "Good." in text_of(asked)
    submitted.refresh_from_db()
    assert submitted.status == "submitted"


def test_an_address_typed_into_the_browser_changes_nothing(
    rita: User, submitted: ScriptVersion
) -> None:
    address = reverse("admin:registry_scriptversion_step", args=[submitted.pk, "approve"])

    assert signed_in(rita).get(address).status_code == 302
    submitted.refresh_from_db()
    assert submitted.status == "submitted"


def test_another_site_cannot_press_a_button(rita: User, submitted: ScriptVersion) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(rita)

    assert press(client, submitted, "approve").status_code == 403
    submitted.refresh_from_db()
    assert submitted.status == "submitted"


def test_ones_own_version_is_refused_and_says_why(ada: User, submitted: ScriptVersion) -> None:
    Membership.objects.create(user=ada, tenant=submitted.script.tenant, role=Role.REVIEWER)
    client = signed_in(ada)

    page = text_of(client.get(page_of(submitted)))
    assert "Somebody else must review this" in page
    assert "/step/approve/" not in page

    refused = text_of(press(client, submitted, "approve"))
    assert "nobody approves their own version" in refused
    submitted.refresh_from_db()
    assert submitted.status == "submitted"


def test_a_page_that_is_old_cannot_approve_what_came_after(
    rita: User, submitted: ScriptVersion
) -> None:
    refused = press(signed_in(rita), submitted, "approve", source_sha256="0" * 64)

    assert "read it again before you decide" in text_of(refused)
    submitted.refresh_from_db()
    assert submitted.status == "submitted"


def test_a_refusal_keeps_what_was_typed(rita: User, approved: ScriptVersion) -> None:
    refused = press(signed_in(rita), approved, "approve", note="My long note.")

    assert "Only a submitted version can be reviewed." in text_of(refused)
    assert "My long note." in text_of(refused)


def test_changes_are_requested_with_a_note(rita: User, submitted: ScriptVersion) -> None:
    client = signed_in(rita)
    assert "write something here" in text_of(press(client, submitted, "request-changes"))

    press(client, submitted, "request-changes", note="Name the period.")

    submitted.refresh_from_db()
    assert submitted.status == "changes_requested"
    assert "Name the period." in text_of(client.get(page_of(submitted)))


def test_an_author_submits_and_withdraws(ada: User, rita: User, draft: ScriptVersion) -> None:
    client = signed_in(ada)
    press(client, draft, "submit")
    draft.refresh_from_db()
    assert draft.status == "submitted"

    record_evidence(draft)
    press(signed_in(rita), draft, "approve")
    press(client, draft, "publish")
    press(client, draft, "withdraw", note="It was wrong.")

    draft.refresh_from_db()
    assert draft.status == "withdrawn"


def test_the_page_shows_the_difference_to_the_last_published_version(
    ada: User, rita: User, published: ScriptVersion
) -> None:
    following = drafts.edit_draft(published.script, source="fresh = 1\n", acting_user=ada, now=NOON)

    page = text_of(signed_in(rita).get(page_of(following)))

    assert "Changes since 1.0.0" in page
    assert '<tr class="added" id="line-1"' in page
    assert '<tr class="removed"' in page
    assert "fresh" in page


def test_a_first_version_has_nothing_to_compare_with(rita: User, submitted: ScriptVersion) -> None:
    assert "This is the first version" in text_of(signed_in(rita).get(page_of(submitted)))


def test_hostile_text_is_shown_and_never_run(ada: User, rita: User) -> None:
    version = make_published_version(
        ada,
        rita,
        name=HOSTILE,
        description=HOSTILE,
        source=f"x = {HOSTILE!r}\n{HOSTILE}\n",
        release_note=HOSTILE,
        manifest={"input_schema": {"title": HOSTILE}},
    )
    following = drafts.edit_draft(
        version.script,
        source=f"y = {HOSTILE!r}\n",
        release_note=HOSTILE,
        acting_user=ada,
        now=NOON,
    )
    client = signed_in(rita)
    pages = [
        page_of(version),
        page_of(following),
        reverse("admin:registry_scriptversion_changelist"),
        reverse("admin:registry_script_changelist"),
        reverse("admin:registry_script_change", args=[version.script_id]),
    ]

    for address in pages:
        response = client.get(address)
        assert response.status_code == 200
        page = text_of(response)
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "</textarea><script>" not in page
        assert "&lt;script&gt;" in page


def test_the_page_needs_no_inline_style_or_script(rita: User, submitted: ScriptVersion) -> None:
    response = signed_in(rita).get(page_of(submitted))

    body = text_of(response).partition('<div id="content-main">')[2]
    assert "style=" not in body
    assert "onclick" not in body
    assert "style-src 'self'" in response["Content-Security-Policy"]


def test_characters_that_mislead_the_reader_are_pointed_out(ada: User, rita: User) -> None:
    version = make_submitted_version(ada, source="x = 1\n# \u202e hidden\n")

    page = text_of(signed_in(rita).get(page_of(version)))

    assert "line 2: U+202E RIGHT-TO-LEFT OVERRIDE" in page


def test_the_queue_holds_what_waits_for_review(ada: User, rita: User) -> None:
    make_submitted_version(ada, name="Waiting")
    make_draft(ada, name="Unfinished")

    page = text_of(
        signed_in(rita).get(reverse("admin:registry_scriptversion_changelist"), {"queue": "review"})
    )

    assert "Waiting 1.0.0" in page
    assert "Unfinished" not in page


@pytest.mark.parametrize(
    ("name", "sees"), [("ada", True), ("rita", True), ("olga", True), ("mallory", False)]
)
def test_everybody_sees_their_own_tenant(
    name: str, sees: bool, request: pytest.FixtureRequest, submitted: ScriptVersion
) -> None:
    client = signed_in(request.getfixturevalue(name))

    listed = text_of(client.get(reverse("admin:registry_scriptversion_changelist")))

    assert ("RSI 1.0.0" in listed) == sees
    assert client.get(page_of(submitted)).status_code == (200 if sees else 404)
    step = reverse("admin:registry_scriptversion_step", args=[submitted.pk, "publish"])
    assert client.post(step).status_code == (200 if sees else 404)


def test_an_author_sees_their_own_scripts_only(ada: User, tenant: Any) -> None:
    alan = User.objects.create_user("alan", is_staff=True)
    Membership.objects.create(user=alan, tenant=tenant, role=Role.AUTHOR)
    version = make_draft(ada, name="Adas own")

    assert "Adas own" not in text_of(
        signed_in(alan).get(reverse("admin:registry_script_changelist"))
    )
    assert signed_in(alan).get(page_of(version)).status_code == 404


def test_staff_without_a_role_see_no_scripts(draft: ScriptVersion) -> None:
    nobody = User.objects.create_user("nobody", is_staff=True)

    client = signed_in(nobody)

    assert client.get(reverse("admin:registry_script_changelist")).status_code == 403
    assert client.get(page_of(draft)).status_code == 404


def test_a_superuser_sees_every_tenant_but_decides_in_none(submitted: ScriptVersion) -> None:
    root = User.objects.create_superuser("root")
    client = signed_in(root)
    assert "RSI" in text_of(client.get(page_of(submitted)))

    refused = press(client, submitted, "approve")

    assert "There is no such script" in text_of(refused)
    submitted.refresh_from_db()
    assert submitted.status == "submitted"


@pytest.mark.parametrize("step", ["delete", "history", "nonsense"])
def test_an_unknown_step_is_404(rita: User, submitted: ScriptVersion, step: str) -> None:
    address = reverse("admin:registry_scriptversion_step", args=[submitted.pk, step])

    assert signed_in(rita).post(address).status_code == 404


def test_nothing_is_edited_or_deleted_directly(olga: User, published: ScriptVersion) -> None:
    client = signed_in(olga)
    for model, row in (("script", published.script), ("scriptversion", published)):
        delete = reverse(f"admin:registry_{model}_delete", args=[row.pk])
        assert client.post(delete, {"post": "yes"}).status_code == 403
    change = reverse("admin:registry_script_change", args=[published.script_id])
    assert client.post(change, {"name": "Mine"}).status_code == 403


def test_an_operator_grants_and_revokes(olga: User, sam: User, script: Script) -> None:
    client = signed_in(olga)
    form = {"script": str(script.pk), "user": str(sam.pk), "reason": "Trial."}

    granted = client.post(reverse("admin:registry_entitlement_add"), form, follow=True)
    assert "Granted: sam may use RSI." in text_of(granted)
    assert access.may_access(sam, script, at=Entitlement.objects.get().starts_at)

    chosen = {"action": "revoke", "_selected_action": str(Entitlement.objects.get().pk)}
    listing = reverse("admin:registry_entitlement_changelist")
    assert "Revoke at once?" in text_of(client.post(listing, chosen))
    assert Entitlement.objects.get().revoked_at is None
    revoked = client.post(listing, {**chosen, "confirmed": "yes", "reason": "Over."}, follow=True)

    assert "Revoked: sam to RSI." in text_of(revoked)
    assert Entitlement.objects.get().revoked_by == olga


def test_a_refused_grant_is_shown_beside_its_field(olga: User, sam: User, script: Script) -> None:
    make_entitlement(script, sam)
    form = {"script": str(script.pk), "user": str(sam.pk)}

    refused = signed_in(olga).post(reverse("admin:registry_entitlement_add"), form)

    assert "sam is already entitled to RSI." in text_of(refused)
    assert Entitlement.objects.count() == 1


def test_the_grant_form_offers_only_ones_own_tenant(
    ada: User, mallory: User, script: Script
) -> None:
    page = text_of(signed_in(mallory).get(reverse("admin:registry_entitlement_add")))

    assert "RSI" not in page
    assert ">ada<" not in page
    forged = {"script": str(script.pk), "user": str(mallory.pk)}
    signed_in(mallory).post(reverse("admin:registry_entitlement_add"), forged)
    assert not Entitlement.objects.exists()
