from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent, Membership, Role, Tenant, User
from accounts.services.api_keys import issue_api_key
from common.clock import utc_now

pytestmark = pytest.mark.django_db


@pytest.fixture
def root() -> User:
    return User.objects.create_superuser("root", password="a long enough passphrase")


@pytest.fixture
def client_of_root(root: User) -> Client:
    client = Client()
    client.force_login(root)
    return client


def newest_event() -> AuditEvent:
    event = AuditEvent.objects.order_by("pk").last()
    assert event is not None
    return event


def test_a_membership_given_in_the_admin_is_audited(
    client_of_root: Client, sam: User, tenant: Tenant
) -> None:
    reply = client_of_root.post(
        "/admin/accounts/membership/add/",
        {"tenant": tenant.pk, "user": sam.pk, "role": Role.OPERATOR},
    )

    assert reply.status_code == 302
    event = newest_event()
    assert event.event == "membership_added"
    assert event.actor_name == "root"
    assert "operator" in event.after["named"]


def test_a_membership_taken_in_the_admin_is_audited(
    client_of_root: Client, sam: User, tenant: Tenant
) -> None:
    membership = Membership.objects.get(user=sam, tenant=tenant)

    client_of_root.post(f"/admin/accounts/membership/{membership.pk}/delete/", {"post": "yes"})

    assert not Membership.objects.filter(pk=membership.pk).exists()
    assert newest_event().event == "membership_deleted"


def test_a_tenant_may_not_take_the_name_of_the_platforms_own_trail(
    client_of_root: Client,
) -> None:
    reply = client_of_root.post(
        "/admin/accounts/tenant/add/", {"name": "Platform", "slug": "platform"}
    )

    assert reply.status_code == 200
    assert "The slug platform is taken" in reply.content.decode()
    assert not Tenant.objects.filter(slug="platform").exists()


def user_form(user: User, **changes: Any) -> dict[str, Any]:
    """Return the form of a user's page as a browser would send it."""
    sent = {
        "username": user.username,
        "tier": user.tier_id,
        "is_active": "on",
        "date_joined_0": "2026-01-05",
        "date_joined_1": "12:00:00",
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
        **changes,
    }
    return {name: value for name, value in sent.items() if value is not None}


def test_a_change_of_a_user_says_what_was_and_what_is(client_of_root: Client, sam: User) -> None:
    group = Group.objects.create(name="auditors")

    reply = client_of_root.post(
        f"/admin/accounts/user/{sam.pk}/change/",
        user_form(sam, is_active=None, is_superuser="on", groups=[group.pk]),
    )

    assert reply.status_code == 302, reply.context["errors"]
    event = AuditEvent.objects.get(event="user_changed")
    assert event.actor_name == "root"
    assert event.chain == "alpha-desk"
    for name, before, after in (
        ("is_active", True, False),
        ("is_superuser", False, True),
        ("groups", [], ["auditors"]),
    ):
        assert (event.before[name], event.after[name]) == (before, after)
    assert "username" not in event.after


def test_a_page_saved_without_a_change_leaves_no_event(client_of_root: Client, sam: User) -> None:
    User.objects.filter(pk=sam.pk).update(date_joined="2026-01-05T12:00:00Z")

    client_of_root.post(f"/admin/accounts/user/{sam.pk}/change/", user_form(sam))

    assert not AuditEvent.objects.exists()


def test_memberships_changed_on_a_users_page_are_audited_one_by_one(
    client_of_root: Client, ada: User, tenant: Tenant, other_tenant: Tenant
) -> None:
    held = Membership.objects.get(user=ada)
    gone = Membership.objects.create(user=ada, tenant=tenant, role=Role.REVIEWER)
    rows = {
        "memberships-TOTAL_FORMS": "3",
        "memberships-INITIAL_FORMS": "2",
        "memberships-0-id": held.pk,
        "memberships-0-tenant": tenant.pk,
        "memberships-0-role": Role.OPERATOR,
        "memberships-1-id": gone.pk,
        "memberships-1-tenant": tenant.pk,
        "memberships-1-role": Role.REVIEWER,
        "memberships-1-DELETE": "on",
        "memberships-2-tenant": other_tenant.pk,
        "memberships-2-role": Role.SUBSCRIBER,
    }

    reply = client_of_root.post(
        f"/admin/accounts/user/{ada.pk}/change/", user_form(ada, is_staff="on", **rows)
    )

    assert reply.status_code == 302
    changed = AuditEvent.objects.get(event="membership_changed")
    deleted = AuditEvent.objects.get(event="membership_deleted")
    added = AuditEvent.objects.get(event="membership_added")
    assert (changed.before["role"], changed.after["role"]) == ("author", "operator")
    assert (deleted.object_id, deleted.before["role"]) == (str(gone.pk), "reviewer")
    assert (added.chain, added.after["role"]) == ("beta-house", "subscriber")
    assert changed.chain == deleted.chain == "alpha-desk"


def test_memberships_taken_in_bulk_are_audited_one_by_one(
    client_of_root: Client, ada: User, sam: User
) -> None:
    rows = list(Membership.objects.values_list("pk", flat=True))

    client_of_root.post(
        "/admin/accounts/membership/",
        {"action": "delete_selected", "_selected_action": rows, "post": "yes"},
    )

    events = AuditEvent.objects.filter(event="membership_deleted")
    assert {event.object_id for event in events} == {str(pk) for pk in rows}
    assert {event.before["user"] for event in events} == {"ada", "sam"}


def test_a_password_that_is_set_is_audited_and_not_told(client_of_root: Client, sam: User) -> None:
    words = "another long enough passphrase"
    before = sam.password

    client_of_root.post(
        f"/admin/accounts/user/{sam.pk}/password/",
        {"password1": words, "password2": words, "usable_password": "true"},
    )

    sam.refresh_from_db()
    event = AuditEvent.objects.get(event="user_password_changed")
    assert (event.object_id, event.actor_name) == (str(sam.pk), "root")
    told = str([event.before, event.after])
    assert not any(secret in told for secret in (words, before, sam.password))


def test_an_own_password_that_is_changed_is_audited(client_of_root: Client, root: User) -> None:
    words = "another long enough passphrase"
    form = {"old_password": "a long enough passphrase", "new_password": words}

    led = client_of_root.get("/admin/password_change/")
    client_of_root.post(led.headers["Location"], {**form, "again": "typo"})
    assert not AuditEvent.objects.exists()
    client_of_root.post(led.headers["Location"], {**form, "again": words})

    event = AuditEvent.objects.get()
    assert (event.event, event.chain) == ("user_password_changed", "platform")


def test_a_key_that_is_revoked_is_audited_without_its_digest(
    client_of_root: Client, sam: User
) -> None:
    key, _ = issue_api_key(sam, name="bot", acting_user=sam, now=utc_now())

    client_of_root.post(
        f"/admin/accounts/apikey/{key.pk}/change/",
        {"revoked_at_0": "2026-01-05", "revoked_at_1": "12:00:00"},
    )

    event = AuditEvent.objects.get(event="apikey_changed")
    assert (event.before["revoked_at"], event.after["revoked_at"]) == (
        None,
        "2026-01-05 12:00:00+00:00",
    )
    assert key.digest not in str([event.before, event.after])
    assert event.chain == "alpha-desk"


def test_the_list_of_apps_asks_for_its_readers_roles_once_and_the_next_list_anew(
    olga: User, rf: RequestFactory
) -> None:
    request = rf.get("/admin/")
    request.user = olga

    with CaptureQueriesContext(connection) as queries:
        shown = site.get_app_list(request)
    Membership.objects.filter(user=olga).delete()

    assert len([query for query in queries if "accounts_membership" in query["sql"]]) == 1
    assert "ingest" in [app["app_label"] for app in shown]
    assert site.get_app_list(request) == []
