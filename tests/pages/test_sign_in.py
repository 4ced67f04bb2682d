"""Signing in and out, and the pages for what went wrong."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from tests.factories import PASSWORD
from tests.pages.conftest import SignIn

pytestmark = pytest.mark.django_db


def test_somebody_who_signs_in_comes_to_the_page_they_asked_for(sam: User, client: Client) -> None:
    asked = client.get("/dashboard/")
    assert asked.headers["Location"] == "/login/?next=/dashboard/"

    reply = client.post("/login/", {"username": "sam", "password": PASSWORD, "next": "/dashboard/"})

    assert reply.headers["Location"] == "/dashboard/"


def test_a_foreign_address_is_not_gone_to_after_signing_in(sam: User, client: Client) -> None:
    reply = client.post(
        "/login/", {"username": "sam", "password": PASSWORD, "next": "https://elsewhere.example/"}
    )

    assert reply.headers["Location"] == "/"


def test_a_wrong_password_is_told_on_the_page(sam: User, client: Client) -> None:
    reply = client.post("/login/", {"username": "sam", "password": "wrong"})

    assert "correct username and password" in reply.content.decode()
    assert 'value="sam"' in reply.content.decode()


def test_signing_out_leads_home(sam: User, signed_in: SignIn) -> None:
    browser = signed_in(sam)

    reply = browser.post("/logout/")

    assert reply.headers["Location"] == "/"
    assert browser.get("/dashboard/").status_code == 302


def test_a_form_without_its_token_is_refused_with_a_page_of_ours(sam: User) -> None:
    browser = Client(enforce_csrf_checks=True)

    reply = browser.post("/login/", {"username": "sam", "password": PASSWORD})

    assert reply.status_code == 403
    assert "The form has expired" in reply.content.decode()


def test_somebody_without_admin_access_is_told_so_and_may_change_person(
    sam: User, signed_in: SignIn
) -> None:
    reply = signed_in(sam).get("/admin/", follow=True)

    assert "sam may not open that page" in reply.content.decode()
    assert 'name="password"' in reply.content.decode()
