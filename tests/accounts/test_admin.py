from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import AuditEvent, Membership, Role, Tenant, User

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
