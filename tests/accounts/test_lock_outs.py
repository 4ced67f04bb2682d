"""Guessing: doors that close, and what they leave open."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import AuditEvent, Door, LockOut, User
from accounts.principals import RoleRequired
from accounts.services import lock_outs, sign_in
from accounts.services.lock_outs import LockedOut
from common.clock import utc_now
from tests.accounts.tokens import sign_in as token_pair
from tests.factories import NOON, PASSWORD
from tests.problems import assert_problem

TOKEN = "/api/v2/auth/token"
in_the_database = pytest.mark.django_db
HERE, THERE = "192.0.2.1", "198.51.100.1"


def guess(username: str, password: str = "wrong", address: str = HERE, **more: Any) -> Any:
    body = {"username": username, "password": password, **more}
    return APIClient().post(TOKEN, body, format="json", REMOTE_ADDR=address)


def guess_on_page(username: str, password: str = "wrong", address: str = HERE) -> Any:
    body = {"username": username, "password": password}
    return Client().post("/login/", body, REMOTE_ADDR=address)


@in_the_database
def test_five_wrong_tries_close_the_door_for_this_person_from_this_address(
    sam: User, ada: User
) -> None:
    first = [guess("sam").status_code for _ in range(5)]

    locked = guess("sam", PASSWORD)

    assert first == [401] * 5
    body = assert_problem(locked, 429, "locked_out")
    assert 0 < int(locked["Retry-After"]) <= 900
    assert "UTC" in body["detail"]
    assert guess("ada", PASSWORD).status_code == 200
    assert guess("sam", PASSWORD, address=THERE).status_code == 200


@in_the_database
def test_all_doors_count_together(sam: User) -> None:
    for _ in range(3):
        guess_on_page("sam")
    for _ in range(2):
        guess("sam")

    page = guess_on_page("sam", PASSWORD)

    assert page.status_code == 429
    assert int(page["Retry-After"]) > 0
    assert "Try again after" in page.content.decode()
    assert_problem(guess("sam", PASSWORD), 429, "locked_out")


@in_the_database
def test_capitals_and_ipv6_neighbours_are_no_way_round(sam: User) -> None:
    for number in range(5):
        guess("SAM" if number % 2 else "sam", address=f"2001:db8:1:2::{number + 1}")

    assert guess("sam", PASSWORD, address="2001:db8:1:2:ffff::1").status_code == 429
    assert guess("sam", PASSWORD, address="2001:db8:1:3::1").status_code == 200


@in_the_database
def test_many_names_from_one_address_close_it(sam: User, settings: Settings) -> None:
    settings.LOCK_OUT_TRIES = {**settings.LOCK_OUT_TRIES, "address": 6}

    statuses = [guess(f"nobody-{number}").status_code for number in range(7)]

    assert statuses == [401] * 6 + [429]
    assert guess("sam", PASSWORD).status_code == 429
    assert guess("sam", PASSWORD, address=THERE).status_code == 200


@in_the_database
def test_a_right_password_is_not_counted_and_opens_what_was_counted(
    sam: User, settings: Settings
) -> None:
    settings.LOCK_OUT_TRIES = {**settings.LOCK_OUT_TRIES, "address": 6}
    for _ in range(4):
        guess("sam")

    statuses = [guess("sam", PASSWORD).status_code for _ in range(8)]

    assert statuses == [200] * 8
    assert not LockOut.objects.filter(door=Door.PERSON).exists()


@in_the_database
def test_the_door_opens_by_itself(sam: User) -> None:
    def attempt(at: Any, password: str = "wrong") -> object:
        return sign_in.require_password("sam", password, address=HERE, now=at)

    for _ in range(5):
        with pytest.raises(sign_in.SignInRefused):
            attempt(NOON)
    with pytest.raises(LockedOut):
        attempt(NOON + timedelta(seconds=899), PASSWORD)

    assert attempt(NOON + timedelta(seconds=901), PASSWORD) == sam


@in_the_database
def test_old_failures_are_forgotten(sam: User) -> None:
    for number in range(12):
        at = NOON + timedelta(seconds=901 * (number // 4))
        with pytest.raises(sign_in.SignInRefused):
            sign_in.require_password("sam", "wrong", address=HERE, now=at)


@pytest.mark.django_db(transaction=True)
def test_guesses_at_once_are_not_judged_more_often_than_one_by_one(sam: User) -> None:
    together = threading.Barrier(16)

    def one() -> int:
        together.wait()
        status = int(guess("sam").status_code)
        connection.close()
        return status

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(lambda _: one(), range(16)))

    assert sorted(statuses) == [401] * 5 + [429] * 11


@in_the_database
def test_an_unknown_name_is_answered_like_a_wrong_password_and_costs_as_much(
    sam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.contrib.auth.hashers import MD5PasswordHasher

    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(self: Any, password: str, salt: str) -> str:
        hashed.append(password)
        return str(encode(self, password, salt))

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    known, unknown = guess("sam"), guess("nobody-at-all")
    User.objects.filter(pk=sam.pk).update(is_active=False)
    inactive = guess("sam", PASSWORD)

    assert known.status_code == unknown.status_code == inactive.status_code == 401
    assert known.json() == unknown.json() == inactive.json()
    assert hashed == ["wrong", "wrong", PASSWORD]
    for _ in range(4):
        guess("nobody-at-all")
    assert guess("nobody-at-all").status_code == 429


@in_the_database
def test_what_was_typed_as_a_name_is_not_kept(sam: User) -> None:
    guess("my-secret-typed-in-the-wrong-field")
    guess("sam")

    rows = repr(list(LockOut.objects.values_list()))
    assert "my-secret" not in rows
    assert {row.user for row in LockOut.objects.filter(door=Door.PERSON)} == {None, sam}


@in_the_database
@pytest.mark.parametrize("name", ["a\x00b", "x" * 151, "\ud800", "\u202e", " ", "sam\n"])
def test_a_name_that_nobody_can_have_is_refused_without_a_fault(name: str) -> None:
    page = guess_on_page(name) if name != "\ud800" else None
    reply = guess(name) if name != "\ud800" else None

    assert page is None or page.status_code == 200
    assert reply is None or reply.status_code in (401, 422)


@in_the_database
def test_nobody_is_locked_out_of_what_they_are_signed_in_with(sam: User) -> None:
    browser, pair = Client(), token_pair(sam)
    browser.force_login(sam)

    for _ in range(10):
        guess("sam", address=HERE)

    assert browser.get("/account/", REMOTE_ADDR=HERE).status_code == 200
    headers = {"Authorization": f"Bearer {pair['access']}"}
    assert APIClient().get("/scripts", headers=headers, REMOTE_ADDR=HERE).status_code == 200
    refresh = {"refresh": pair["refresh"]}
    reply = APIClient().post("/api/v2/auth/refresh", refresh, format="json", REMOTE_ADDR=HERE)
    assert reply.status_code == 200


@in_the_database
def test_an_operator_opens_a_door_of_the_own_house_and_it_is_on_the_record(
    sam: User, olga: User, mallory: User
) -> None:
    for _ in range(6):
        guess("sam")
    row = LockOut.objects.get(door=Door.PERSON)
    for stranger in (sam, mallory):
        with pytest.raises((RoleRequired, lock_outs.NoSuchLockOut)):
            lock_outs.unlock(row.pk, acting_user=stranger, now=utc_now())
    browser = Client()
    browser.force_login(olga)

    listed = browser.get("/admin/accounts/lockout/").content.decode()
    browser.post("/admin/accounts/lockout/", {"action": "unlock", "_selected_action": [row.pk]})

    assert HERE in listed
    assert guess("sam", PASSWORD).status_code == 200
    events = AuditEvent.objects.filter(object_type="accounts.lockout").order_by("pk")
    assert [(event.event, event.actor_name) for event in events] == [
        ("door_locked", "the platform"),
        ("lock_out_ended", "olga"),
    ]
    assert {event.chain for event in events} == {"alpha-desk"}


@in_the_database
def test_another_houses_operator_sees_no_door_of_ours(sam: User, mallory: User) -> None:
    guess("sam")
    browser = Client()
    browser.force_login(mallory)

    assert HERE not in browser.get("/admin/accounts/lockout/").content.decode()
