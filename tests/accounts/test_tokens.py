"""Tokens of programs: given, refreshed, ended, and refused from the moment they ended."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import redis
from django.conf import settings as django_settings
from django.contrib.auth.models import update_last_login
from django.db import connection
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts import blacklist, jwt
from accounts.models import AuditEvent, RevokedToken, TokenFamily, User
from accounts.services import tokens
from common.clock import utc_now
from tests.accounts.tokens import ask, forged, fresh_claims, payload_of, send, sign_in
from tests.factories import PASSWORD
from tests.flows.processes import wait_until
from tests.problems import assert_problem
from tests.streams.servers import LiveProcess, live_process

REVOKE = "/api/v2/auth/revoke"
REFRESH = "/api/v2/auth/refresh"
in_the_database = pytest.mark.django_db
across_connections = pytest.mark.django_db(transaction=True)


@in_the_database
def test_a_password_gives_a_pair_and_the_access_token_opens_what_a_key_opens(sam: User) -> None:
    pair = sign_in(sam)

    claims = payload_of(pair["access"])
    assert pair["token_type"] == "Bearer"
    assert claims.keys() == jwt.CLAIMS
    assert claims["exp"] - claims["iat"] == django_settings.ACCESS_TOKEN_SECONDS
    assert ask(pair["access"], "/scripts").status_code == 200
    assert AuditEvent.objects.filter(event="tokens_given", actor=sam).count() == 1


@in_the_database
def test_a_refresh_token_gives_the_next_pair_once(sam: User) -> None:
    first = sign_in(sam)

    second = send(REFRESH, refresh=first["refresh"]).json()

    assert ask(second["access"]).status_code == 200
    assert payload_of(second["refresh"])["fam"] == payload_of(first["refresh"])["fam"]
    assert TokenFamily.objects.count() == 1


@in_the_database
def test_a_refresh_token_used_twice_ends_everything_of_its_sign_in(sam: User) -> None:
    stolen = sign_in(sam)
    other = sign_in(sam)
    newer = send(REFRESH, refresh=stolen["refresh"]).json()

    again = send(REFRESH, refresh=stolen["refresh"])

    assert_problem(again, 401, "token_not_valid")
    assert_problem(ask(newer["access"]), 401)
    assert_problem(ask(stolen["access"]), 401)
    assert_problem(send(REFRESH, refresh=newer["refresh"]), 401)
    assert ask(other["access"]).status_code == 200
    event = AuditEvent.objects.get(event="tokens_ended")
    assert event.after["why"] == "refresh token used twice"


@in_the_database
@pytest.mark.parametrize("which", ["access", "refresh"])
def test_signing_out_ends_the_token_and_its_family_and_can_be_repeated(
    sam: User, which: str
) -> None:
    pair = sign_in(sam)

    replies = [send(REVOKE, token=pair[which]).status_code for _ in range(2)]

    assert replies == [204, 204]
    assert_problem(ask(pair["access"]), 401, "token_not_valid")
    assert_problem(send(REFRESH, refresh=pair["refresh"]), 401)
    assert_problem(send(REVOKE, token="no.token.atall"), 401, "token_not_valid")


@in_the_database
def test_signing_out_everywhere_ends_every_token_and_browser(sam: User, ada: User) -> None:
    pairs, adas = [sign_in(sam) for _ in range(3)], sign_in(ada)
    browser = Client()
    browser.force_login(sam)

    reply = APIClient().post(
        "/api/v2/auth/revoke-all", headers={"Authorization": f"Bearer {pairs[0]['access']}"}
    )

    assert reply.json() == {"sessions": 1, "tokens": 3}
    assert {ask(pair["access"]).status_code for pair in pairs} == {401}
    assert browser.get("/account/").status_code == 302
    assert ask(adas["access"]).status_code == 200


@in_the_database
@pytest.mark.parametrize("what", ["password", "deactivated", "deleted", "factor", "family"])
def test_a_token_ends_with_what_it_rests_on(sam: User, what: str) -> None:
    pair = sign_in(sam)
    if what == "password":
        sam.set_password("another long passphrase")
        sam.save()
    elif what == "deactivated":
        User.objects.filter(pk=sam.pk).update(is_active=False)
    elif what == "factor":
        User.objects.filter(pk=sam.pk).update(second_factor_since=utc_now())
    elif what == "family":
        TokenFamily.objects.update(expires_at=utc_now())
    else:
        sam.memberships.all().delete()
        TokenFamily.objects.all().delete()

    assert_problem(ask(pair["access"]), 401, "token_not_valid")
    assert_problem(send(REFRESH, refresh=pair["refresh"]), 401, "token_not_valid")


@in_the_database
def test_a_login_elsewhere_changes_nothing_for_a_token(sam: User) -> None:
    pair = sign_in(sam)

    update_last_login(None, sam)  # type: ignore[arg-type]

    assert ask(pair["access"]).status_code == 200


@in_the_database
def test_a_family_cannot_be_refreshed_for_ever(sam: User, settings: Settings) -> None:
    settings.TOKEN_FAMILY_SECONDS = 100

    pair = sign_in(sam)

    assert pair["refresh_expires_in"] <= 100


@in_the_database
def test_a_single_token_is_refused_by_its_jti_alone(sam: User) -> None:
    pair = sign_in(sam)
    jti = payload_of(pair["access"])["jti"]
    twin = forged(pair["access"], **fresh_claims())

    blacklist.add(jti, sam.pk, expires_at=utc_now(), reason="test", now=utc_now())

    assert_problem(ask(pair["access"]), 401, "token_not_valid")
    assert ask(twin).status_code == 200


@in_the_database
def test_what_has_run_out_does_not_stay_on_the_list(sam: User) -> None:
    long_ago = utc_now().replace(year=2020)
    RevokedToken.objects.create(
        jti="0" * 32, user=sam, reason="test", revoked_at=long_ago, expires_at=long_ago
    )

    send(REVOKE, token=sign_in(sam)["access"])

    assert not RevokedToken.objects.filter(pk="0" * 32).exists()


@across_connections
def test_redis_remembers_a_refusal_and_its_forgetting_changes_nothing(
    sam: User, redis_client: redis.Redis
) -> None:
    pair = sign_in(sam)
    name = f"revoked:{payload_of(pair['access'])['jti']}"

    send(REVOKE, token=pair["access"])
    assert redis_client.exists(name)
    assert redis_client.ttl(name) <= django_settings.ACCESS_TOKEN_SECONDS
    redis_client.flushdb()
    after_flush = ask(pair["access"])

    assert_problem(after_flush, 401, "token_not_valid")
    assert redis_client.exists(name)  # read through: the next refusal costs no query


@across_connections
def test_a_yes_of_redis_is_taken_without_a_query(
    sam: User, redis_client: redis.Redis, django_assert_num_queries: Any
) -> None:
    pair = sign_in(sam)
    send(REVOKE, token=pair["access"])

    with (
        django_assert_num_queries(0),
        pytest.raises(jwt.TokenNotValid),
    ):
        tokens.user_of_access_token(pair["access"], now=utc_now())


@in_the_database
def test_a_good_token_costs_one_query(sam: User, django_assert_num_queries: Any) -> None:
    access = sign_in(sam)["access"]

    with django_assert_num_queries(1):
        user, _ = tokens.user_of_access_token(access, now=utc_now())

    assert user == sam


@pytest.fixture
def no_redis(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"


@across_connections
def test_without_redis_tokens_are_given_taken_and_ended(sam: User, no_redis: None) -> None:
    pair = sign_in(sam)
    assert ask(pair["access"]).status_code == 200

    assert send(REVOKE, token=pair["access"]).status_code == 204

    assert_problem(ask(pair["access"]), 401, "token_not_valid")


@across_connections
def test_no_use_that_began_after_the_sign_out_returned_is_let_in(sam: User) -> None:
    access = sign_in(sam)["access"]
    returned_at: list[float] = []
    uses: list[tuple[float, int]] = []
    under_way = threading.Barrier(20)

    def use() -> None:
        under_way.wait()
        for _ in range(4):
            began = time.monotonic()
            uses.append((began, ask(access).status_code))
        connection.close()

    def sign_out() -> None:
        wait_until(lambda: any(status == 200 for _, status in uses), what="a first use")
        send(REVOKE, token=access)
        returned_at.append(time.monotonic())
        connection.close()

    with ThreadPoolExecutor(21) as pool:
        for future in [*(pool.submit(use) for _ in range(20)), pool.submit(sign_out)]:
            future.result()
    late = [ask(access).status_code for _ in range(3)]

    assert [status for began, status in uses if began >= returned_at[0] and status != 401] == []
    assert any(status == 200 for _, status in uses)
    assert late == [401, 401, 401]


@across_connections
def test_of_many_refreshes_at_once_one_is_answered_and_the_others_end_the_family(
    sam: User,
) -> None:
    refresh = sign_in(sam)["refresh"]
    together = threading.Barrier(8)

    def refresh_once() -> int:
        together.wait()
        status = int(send(REFRESH, refresh=refresh).status_code)
        connection.close()
        return status

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(lambda _: refresh_once(), range(8)))

    assert statuses == [200] + [401] * 7
    assert TokenFamily.objects.get().ended_at is not None


@pytest.fixture
def other_process(transactional_db: None, tmp_path: Any) -> Iterator[LiveProcess]:
    with live_process(tmp_path, django_settings.REDIS_URL) as live:
        yield live


@across_connections
def test_a_sign_out_here_holds_in_another_process_at_once(
    sam: User, other_process: LiveProcess
) -> None:
    pair = sign_in(sam)
    address = f"http://127.0.0.1:{other_process.port}/api/v2/auth/keys"

    before = _status_in_another_process(address, pair["access"])
    send(REVOKE, token=pair["access"])
    redis.Redis.from_url(django_settings.REDIS_URL).flushdb()
    after = _status_in_another_process(address, pair["access"])

    assert (before, after) == (200, 401)


def _status_in_another_process(address: str, token: str) -> int:
    return httpx.get(address, headers={"Authorization": f"Bearer {token}"}).status_code


@in_the_database
@pytest.mark.parametrize("body", ["[]", "{", '"x"', '{"refresh": ["a"]}', "{}"])
def test_a_body_that_is_none_is_the_callers_mistake(body: str) -> None:
    for path in (REFRESH, REVOKE, "/api/v2/auth/token"):
        reply = Client().post(path, body, content_type="application/json")
        assert reply.status_code in (400, 422), (path, reply.content)


@in_the_database
def test_replies_with_tokens_are_kept_by_nobody(sam: User) -> None:
    reply = send("/api/v2/auth/token", username="sam", password=PASSWORD)

    assert reply["Cache-Control"] == "no-store"
    assert "password" not in json.dumps(reply.json())
