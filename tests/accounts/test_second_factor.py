"""The second factor: enrolled, asked for at every door, used once, taken away on the record."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts import totp
from accounts.models import AuditEvent, Membership, RecoveryCode, Role, SecondFactor, Tenant, User
from accounts.principals import RoleRequired
from accounts.services import second_factors
from accounts.services.second_factors import CodeNotRight, require_code
from common.clock import utc_now
from common.encryption import Undecryptable
from tests.accounts.tokens import ask, send, sign_in
from tests.factories import NOON, PASSWORD
from tests.problems import assert_problem

in_the_database = pytest.mark.django_db
Code = Callable[..., str]


@pytest.fixture
def secret(olga: User) -> str:
    """Enrol olga, some time ago, and return her secret."""
    before = utc_now() - timedelta(minutes=10)
    secret = second_factors.begin_enrolment(olga, now=before)
    second_factors.confirm_enrolment(olga, totp.code_at(secret, totp.step_of(before)), now=before)
    return secret


@pytest.fixture
def code(secret: str) -> Code:
    """Return a function that gives olga's code of an instant, or of now."""

    def of(at: datetime | None = None) -> str:
        return totp.code_at(secret, totp.step_of(at or utc_now()))

    return of


def password_then(client: Client, then: str = "/admin/") -> Any:
    return client.post(
        f"/login/?next={then}", {"username": "olga", "password": PASSWORD, "next": then}
    )


@in_the_database
def test_enrolling_shows_a_qr_code_and_the_secret_and_counts_with_the_first_code(
    olga: User,
) -> None:
    browser, elsewhere, pair = Client(), Client(), sign_in(olga)
    browser.force_login(olga)
    elsewhere.force_login(olga)

    begun = browser.post("/account/second-factor")
    shown = browser.get(begun.headers["Location"]).content.decode()
    again = browser.get(begun.headers["Location"]).content.decode()
    secret = shown_secret(shown)
    wrong = browser.post(begun.headers["Location"], {"code": "000000"}).content.decode()
    done = browser.post(
        begun.headers["Location"], {"code": totp.code_at(secret, totp.step_of(utc_now()))}
    ).content.decode()

    assert "<svg" in shown
    assert "style=" not in shown[shown.index("<svg") : shown.index("</svg>")]
    assert shown_secret(again) == secret
    assert "not right" in wrong
    assert len(re.findall(r"<li>([A-Z2-7]{4}-){3}[A-Z2-7]{4}</li>", done)) == 10
    assert browser.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302
    assert_problem(ask(pair["access"]), 401)
    assert [
        event.event for event in AuditEvent.objects.filter(object_type="accounts.secondfactor")
    ] == [
        "second_factor_enrolled",
        "second_factor_begun",
    ]


def shown_secret(page: str) -> str:
    found = re.search(r'class="secret mono">([A-Z2-7 ]+)<', page)
    assert found is not None
    return found[1].replace(" ", "")


@in_the_database
def test_the_secret_is_not_to_be_read_from_the_database_nor_moved(
    olga: User, secret: str, sam: User
) -> None:
    stored = SecondFactor.objects.get().secret_encrypted
    assert secret not in stored
    SecondFactor.objects.create(user=sam, secret_encrypted=stored, created_at=NOON)

    with pytest.raises(Undecryptable):
        second_factors.begin_enrolment(sam, now=NOON)


@in_the_database
def test_a_password_alone_signs_nobody_in_who_has_a_second_factor(
    olga: User, code: Code, client: Client
) -> None:
    asked = password_then(client)

    assert asked.headers["Location"] == "/login/code"
    for path in ("/admin/", "/account/", "/dashboard/"):
        assert client.get(path).status_code == 302, path
    assert client.get("/scripts").status_code == 401
    wrong = client.post("/login/code", {"code": "000000"})
    assert "not right" in wrong.content.decode()
    before = client.session.session_key
    right = client.post("/login/code", {"code": code()})

    assert right.headers["Location"] == "/admin/"
    assert client.session.session_key != before
    assert client.get("/admin/").status_code == 200


@in_the_database
def test_the_admins_own_sign_in_leads_to_the_one_door(
    olga: User, code: Code, client: Client
) -> None:
    shown = client.get("/admin/login/?next=/admin/registry/script/")
    posted = client.post("/admin/login/", {"username": "olga", "password": PASSWORD})

    assert shown.headers["Location"] == "/login/?next=/admin/registry/script/"
    assert posted.headers["Location"] == "/login/?next=/admin/"
    assert client.get("/admin/").status_code == 302


@in_the_database
def test_what_waits_for_a_code_ends_with_time_and_with_the_password(
    olga: User, code: Code, settings: Settings
) -> None:
    late, changed = Client(), Client()
    settings.SECOND_FACTOR_WAIT_SECONDS = -1
    password_then(late)
    settings.SECOND_FACTOR_WAIT_SECONDS = 60
    password_then(changed)
    olga.set_password("another long passphrase")
    olga.save()

    for client in (late, changed, Client()):
        reply = client.post("/login/code", {"code": code()})
        assert reply.headers["Location"] == "/login/"
        assert client.get("/account/").status_code == 302


@in_the_database
def test_tokens_are_given_for_password_and_code_only(olga: User, code: Code) -> None:
    given = {"username": "olga", "password": PASSWORD}
    path = "/api/v2/auth/token"

    assert_problem(send(path, **given), 401, "second_factor_required")
    assert_problem(send(path, **given, otp="000000"), 401, "code_not_right")
    assert_problem(send(path, username="olga", password="no", otp=code()), 401, "sign_in_refused")
    assert send(path, **given, otp=code()).status_code == 200


@in_the_database
def test_no_code_is_good_twice(olga: User, code: Code) -> None:
    require_code(olga, code(), now=utc_now())

    for _ in range(2):
        with pytest.raises(CodeNotRight):
            require_code(olga, code(), now=utc_now())


@in_the_database
def test_an_older_code_is_worth_nothing_after_a_newer_one(olga: User, code: Code) -> None:
    now = utc_now()
    require_code(olga, code(now), now=now)

    with pytest.raises(CodeNotRight):
        require_code(olga, code(now - timedelta(seconds=30)), now=now)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_send_one_code_at_once_one_is_let_in(
    olga: User, secret: str, settings: Settings
) -> None:
    settings.LOCK_OUT_TRIES = {**settings.LOCK_OUT_TRIES, "code": 100}
    given, now = totp.code_at(secret, totp.step_of(utc_now())), utc_now()
    together = threading.Barrier(8)

    def one() -> bool:
        together.wait()
        try:
            require_code(olga, given, now=now)
        except CodeNotRight:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        let_in = list(pool.map(lambda _: one(), range(8)))

    assert let_in.count(True) == 1


@in_the_database
def test_codes_cannot_be_guessed_from_many_addresses(olga: User, code: Code) -> None:
    def attempt(number: int, otp: str) -> Any:
        body = {"username": "olga", "password": PASSWORD, "otp": otp}
        address = f"198.51.100.{number}"
        return APIClient().post("/api/v2/auth/token", body, format="json", REMOTE_ADDR=address)

    statuses = [attempt(number, f"00000{number}").status_code for number in range(5)]
    locked = attempt(6, code())

    assert statuses == [401] * 5
    assert_problem(locked, 429, "locked_out")


@in_the_database
def test_a_recovery_code_signs_in_once(olga: User, secret: str, client: Client) -> None:
    before = utc_now()
    second_factors.remove_second_factor(olga, acting_user=olga, now=before)
    fresh = second_factors.begin_enrolment(olga, now=before)
    codes = second_factors.confirm_enrolment(
        olga, totp.code_at(fresh, totp.step_of(before)), now=before
    )
    password_then(client)

    first = client.post("/login/code", {"code": codes[0].lower()})

    assert first.headers["Location"] == "/admin/"
    with pytest.raises(CodeNotRight):
        require_code(olga, codes[0], now=utc_now())
    assert second_factors.recovery_codes_left(olga) == 9
    assert codes[1] not in repr(list(RecoveryCode.objects.values_list()))
    assert AuditEvent.objects.filter(event="recovery_code_used").count() == 1


@pytest.fixture
def required(settings: Settings) -> None:
    settings.STAFF_SECOND_FACTOR_REQUIRED = True


@in_the_database
def test_staff_without_one_are_led_to_enrol_before_anything_else(
    olga: User, required: None, client: Client
) -> None:
    old = Client()
    old.force_login(olga)
    for path in ("/admin/", "/admin/accounts/user/", "/dashboard/", "/account/keys", "/"):
        reply = old.get(path)
        assert reply.headers["Location"] == "/account/second-factor", path
    assert_problem(old.get("/scripts"), 403, "second_factor_needed")
    assert_problem(
        old.post("/api/v2/auth/keys", {"name": "x"}, content_type="application/json"), 403
    )

    page = client.post(
        "/login/", {"username": "olga", "password": PASSWORD, "next": "/admin/"}, follow=True
    )

    assert "Set it up first" in page.content.decode()
    assert client.get("/account/second-factor/enrol").status_code == 200
    assert client.post("/logout/").status_code == 302


@in_the_database
def test_staff_without_one_are_given_no_tokens_and_old_ones_end(
    olga: User, settings: Settings
) -> None:
    pair = sign_in(olga)
    settings.STAFF_SECOND_FACTOR_REQUIRED = True

    reply = send("/api/v2/auth/token", username="olga", password=PASSWORD)

    assert_problem(reply, 403, "second_factor_needed")
    assert_problem(ask(pair["access"]), 401, "token_not_valid")
    assert_problem(send("/api/v2/auth/refresh", refresh=pair["refresh"]), 401)


@in_the_database
def test_who_is_no_staff_is_not_led_anywhere(sam: User, required: None) -> None:
    browser = Client()
    browser.force_login(sam)

    assert browser.get("/account/").status_code == 200
    assert ask(sign_in(sam)["access"]).status_code == 200


@in_the_database
def test_removing_it_takes_password_and_code(olga: User, code: Code) -> None:
    browser = Client()
    browser.force_login(olga)
    path = "/account/second-factor/remove"

    replies = [
        browser.post(path, {"password": "wrong", "code": code()}),
        browser.post(path, {"password": PASSWORD, "code": "000000"}),
    ]
    assert [reply.status_code for reply in replies] == [200, 200]
    assert User.objects.get(pk=olga.pk).has_second_factor
    browser.post(path, {"password": PASSWORD, "code": code()})
    olga.refresh_from_db()

    assert not olga.has_second_factor
    assert browser.get("/account/").status_code == 200
    assert not RecoveryCode.objects.exists()


@in_the_database
def test_an_administrator_of_the_house_resets_it_and_nobody_else(
    olga: User,
    secret: str,
    rita: User,
    mallory: User,
    tenant: Tenant,
    other_tenant: Tenant,
) -> None:
    Membership.objects.create(tenant=other_tenant, user=mallory, role=Role.ADMIN)
    for stranger in (rita, mallory):
        with pytest.raises(RoleRequired):
            second_factors.remove_second_factor(olga, acting_user=stranger, now=utc_now())
    Membership.objects.create(tenant=tenant, user=rita, role=Role.ADMIN)

    second_factors.remove_second_factor(olga, acting_user=rita, now=utc_now(), reason="lost")

    olga.refresh_from_db()
    event = AuditEvent.objects.filter(event="second_factor_removed").get()
    assert not olga.has_second_factor
    assert (event.actor_name, event.reason, event.after["user"]) == ("rita", "lost", "olga")


@in_the_database
def test_the_admin_resets_it_on_the_record(olga: User, secret: str) -> None:
    root = User.objects.create_superuser("root", password=PASSWORD)
    browser = Client()
    browser.force_login(root)

    browser.post(
        "/admin/accounts/user/", {"action": "reset_second_factor", "_selected_action": [olga.pk]}
    )

    olga.refresh_from_db()
    assert not olga.has_second_factor
    assert AuditEvent.objects.get(event="second_factor_removed").actor_name == "root"
