"""Keys of programs: for what, for how long, and until when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.authentication import ApiKeyAuthentication
from accounts.models import ApiKey, AuditEvent, User
from accounts.scopes import Scope, required_scope
from accounts.services import api_keys
from accounts.services.api_keys import issue_api_key, key_of_secret
from common.clock import utc_now
from tests.accounts.tokens import ask, sign_in
from tests.api.test_document import api_views
from tests.architecture.test_routes import sample_of
from tests.factories import make_draft
from tests.problems import as_user, assert_problem

pytestmark = pytest.mark.django_db
KEYS = "/api/v2/auth/keys"
# Open to credentials with full access only, and why.
FULL_ONLY = {
    "/api/v2/auth/revoke-all": "a limited key signs nobody out",
    "/api/v2/auth/keys": "a limited key makes no other key",
    "/api/v2/auth/keys/<int:key_id>": "a limited key revokes no other key",
}


def key_for(user: User, *scopes: str) -> str:
    given: dict[str, Any] = {"given_scopes": scopes} if scopes else {}
    return issue_api_key(user, name="test", acting_user=user, now=utc_now(), **given)[1]


def test_a_key_without_limits_opens_what_its_user_may(ada: User) -> None:
    make_draft(ada)

    assert ask(key_for(ada), "/scripts").status_code == 200
    assert ask(key_for(ada), KEYS).status_code == 200


@pytest.mark.parametrize(
    ("scope", "opens", "refuses"),
    [
        (Scope.SCRIPTS_READ, "/scripts", "/data/market?instrument=X&timeframe=1d"),
        (Scope.MARKETPLACE_READ, "/api/v2/products", "/scripts"),
        (Scope.SIGNALS_READ, "/api/v2/signals/sdk/signals/streams", "/api/v2/scripts"),
    ],
)
def test_a_limited_key_opens_that_and_names_what_else_it_would_need(
    sam: User, scope: Scope, opens: str, refuses: str
) -> None:
    key = key_for(sam, scope)

    refused = assert_problem(ask(key, refuses), 403, "scope_required")

    assert ask(key, opens).status_code == 200
    assert refused["scope"] in refused["detail"]
    assert refused["granted"] == [scope]


def test_a_key_that_reads_scripts_writes_none(ada: User) -> None:
    headers = {"Authorization": f"Bearer {key_for(ada, Scope.SCRIPTS_READ)}"}

    reply = APIClient().post("/scripts", {"name": "x"}, format="json", headers=headers)

    assert assert_problem(reply, 403, "scope_required")["scope"] == "scripts:write"


def test_a_scope_gives_no_right_that_its_user_has_not(mallory: User, ada: User) -> None:
    script = make_draft(ada).script

    reply = ask(key_for(mallory, Scope.SCRIPTS_READ), f"/scripts/{script.pk}")

    assert_problem(reply, 404)


def test_a_limited_key_makes_no_other_key_and_ends_none(sam: User) -> None:
    key = key_for(sam, *(scope for scope in Scope.values if scope != Scope.FULL))

    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")

    for reply in (
        api.post(KEYS, {"name": "x", "scopes": ["full"]}, format="json"),
        api.delete(f"{KEYS}/1"),
        api.post("/api/v2/auth/revoke-all"),
    ):
        assert_problem(reply, 403, "scope_required")


def test_every_address_for_keys_has_its_scope_or_a_reason_for_none() -> None:
    operations = [
        (verb, path)
        for path, view in api_views()
        if ApiKeyAuthentication in view.authentication_classes
        for verb in ("get", "post", "put", "patch", "delete")
        if hasattr(view, verb)
    ]
    undecided = {
        path
        for verb, path in operations
        if required_scope(verb.upper(), sample_of(path)) is Scope.FULL
    }

    assert len(operations) > 60
    assert undecided == set(FULL_ONLY)


@pytest.mark.parametrize("change", ["revoked", "expired", "deactivated"])
def test_a_key_that_ended_is_refused(sam: User, change: str) -> None:
    key, secret = issue_api_key(sam, name="test", acting_user=sam, now=utc_now())
    if change == "revoked":
        api_keys.revoke_api_key(key.pk, acting_user=sam, now=utc_now())
    elif change == "expired":
        ApiKey.objects.update(expires_at=utc_now())
    else:
        User.objects.filter(pk=sam.pk).update(is_active=False)

    assert_problem(ask(secret), 401, "unknown_api_key")


def test_a_key_outlives_a_password(sam: User) -> None:
    key = key_for(sam)

    sam.set_password("another long passphrase")
    sam.save()

    assert ask(key).status_code == 200


def test_last_use_is_noted_roughly(sam: User) -> None:
    key = key_for(sam)
    now = utc_now()

    key_of_secret(key, now=now)
    first = ApiKey.objects.get().last_used_at
    key_of_secret(key, now=now + timedelta(seconds=60))
    second = ApiKey.objects.get().last_used_at
    key_of_secret(key, now=now + timedelta(seconds=600))

    assert first == second == now
    assert ApiKey.objects.get().last_used_at == now + timedelta(seconds=600)


def test_the_api_makes_lists_and_revokes_keys(sam: User, ada: User) -> None:
    api = as_user(sam)

    made = api.post(KEYS, {"name": "report", "scopes": ["data:read"], "days": 7}, format="json")
    listed = api.get(KEYS).json()["results"]
    others = as_user(ada).delete(f"{KEYS}/{made.json()['id']}")
    ended = api.delete(f"{KEYS}/{made.json()['id']}")

    assert made.status_code == 201
    assert made["Cache-Control"] == "no-store"
    assert made.json()["key"].startswith("shk_")
    assert "key" not in listed[0]
    assert listed[0]["scopes"] == ["data:read"]
    assert_problem(others, 404, "no_such_api_key")
    assert ended.status_code == 204
    assert_problem(ask(made.json()["key"], "/data/metrics"), 401, "unknown_api_key")
    assert list(
        AuditEvent.objects.filter(object_type="accounts.apikey").values_list("event", flat=True)
    ) == ["api_key_revoked", "api_key_issued"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "", "scopes": ["full"]}, "name"),
        ({"name": "a\u0007b", "scopes": ["full"]}, "name"),
        ({"name": "x" * 81, "scopes": ["full"]}, "name"),
        ({"name": "x", "scopes": []}, "scopes"),
        ({"name": "x", "scopes": ["everything"]}, "scopes.0"),
        ({"name": "x", "scopes": ["full"], "days": 366}, "days"),
        ({"name": "x", "scopes": ["full"], "days": 0}, "days"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(sam: User, body: dict[str, Any], field: str) -> None:
    assert_problem(as_user(sam).post(KEYS, body, format="json"), 422, field=field)
    assert not ApiKey.objects.exists()


def test_an_access_token_makes_keys_too(sam: User) -> None:
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {sign_in(sam)['access']}")

    reply = api.post(KEYS, {"name": "x", "scopes": ["full"]}, format="json")

    assert reply.status_code == 201
    lasts = ApiKey.objects.get().expires_at
    assert lasts is not None
    assert timedelta(days=89) < lasts - utc_now() <= timedelta(days=90)


def test_nobody_has_keys_without_end(sam: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_keys, "LIVE_KEYS_MAX", 2)
    key_for(sam), key_for(sam)

    with pytest.raises(api_keys.TooManyKeys):
        key_for(sam)


def test_the_page_teaches_makes_shows_once_and_revokes(sam: User) -> None:
    browser = Client()
    browser.force_login(sam)

    empty = browser.get("/account/keys").content.decode()
    wrong = browser.post("/account/keys/new", {"name": "x", "days": "9"}).content.decode()
    made = browser.post(
        "/account/keys/new", {"name": "<b>report", "scopes": ["data:read"], "days": "30"}
    )
    key = ApiKey.objects.get()
    listed = browser.get("/account/keys").content.decode()
    asked = browser.get(f"/account/keys/{key.pk}/revoke").content.decode()
    browser.post(f"/account/keys/{key.pk}/revoke")

    secret = made.content.decode().partition('value="shk_')[2].partition('"')[0]
    assert "curl http://testserver/scripts" in empty
    assert "Choose what it is for." in wrong
    assert len(secret) > 40
    assert secret not in listed
    assert "&lt;b&gt;report" in listed
    assert "Yes, revoke it" in asked
    assert_problem(ask(f"shk_{secret}", "/data/metrics"), 401, "unknown_api_key")


def test_anothers_key_is_not_to_be_found_on_the_page(sam: User, ada: User) -> None:
    key, _ = issue_api_key(ada, name="canary", acting_user=ada, now=utc_now())
    browser = Client()
    browser.force_login(sam)

    assert "canary" not in browser.get("/account/keys").content.decode()
    assert browser.post(f"/account/keys/{key.pk}/revoke").status_code == 404
    key.refresh_from_db()
    assert key.revoked_at is None
