from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from common.ids import uuid7
from gateway.models import DataAccess
from tests.market.prices import LATER

READS = reverse("admin:gateway_dataaccess_changelist")
pytestmark = pytest.mark.django_db


def make_read(user: User) -> DataAccess:
    return DataAccess.objects.create(
        execution_id=uuid7(),
        position=1,
        user=user,
        kind="metric",
        request={"name": f"metric of {user.username}"},
        rows=1,
        sha256="a" * 64,
        as_of=LATER,
        at=LATER,
    )


def test_an_operator_sees_what_their_tenant_read_and_nothing_else(
    browser: Client, olga: User, sam: User, mallory: User
) -> None:
    own, foreign = make_read(sam), make_read(mallory)
    browser.force_login(olga)

    page = browser.get(READS).content.decode()
    found = browser.get(READS, {"q": str(own.execution_id)}).content.decode()

    assert "metric of sam" in page
    assert "metric of mallory" not in page
    assert "metric of sam" in found
    change = reverse("admin:gateway_dataaccess_change", args=[foreign.pk])
    assert browser.get(change).status_code == 302


def test_the_record_is_not_for_editing(browser: Client, olga: User, sam: User) -> None:
    row = make_read(sam)
    browser.force_login(olga)

    assert browser.get(reverse("admin:gateway_dataaccess_add")).status_code == 403
    change = reverse("admin:gateway_dataaccess_change", args=[row.pk])
    assert browser.post(change, {"rows": 99}).status_code == 403
    delete = reverse("admin:gateway_dataaccess_delete", args=[row.pk])
    assert browser.post(delete, {"post": "yes"}).status_code == 403
    row.refresh_from_db()
    assert row.rows == 1


def test_authors_do_not_see_who_reads(browser: Client, ada: User, sam: User) -> None:
    make_read(sam)
    browser.force_login(ada)

    assert browser.get(READS).status_code == 403
