"""The api process as production runs it: behind a proxy of ours, and behind an API gateway."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from tests.edge.production import GOOD
from tests.edge.servers import Answer, Server, running

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "gW3nT7xKz9Rv5Lq2Bm8Yc4Jd6Hs1Pf0AeUoIiQ"
GATEWAY = "10.9.9.7"
PRODUCTION = {
    **GOOD,
    "RATE_LIMITS_ENABLED": "true",
    "EDGE_TRUST": "true",
    "GATEWAY_SECRET": SECRET,
    "GATEWAY_ALLOWED_NETWORKS": "10.9.9.0/24",
    "TRUSTED_PROXIES": "127.0.0.1",
}
# The store of the tests has credentials of its own.
NO_CREDENTIALS = {"S3_ACCESS_KEY", "S3_SECRET_KEY"}


def ask(server: Server, *lines: str, path: str = "/scripts", peer: str | None = GATEWAY) -> Answer:
    """Ask as our proxy does for somebody who came over TLS."""
    forwarded = [f"X-Forwarded-For: {peer}", "X-Forwarded-Proto: https"] if peer else []
    head = [f"GET {path} HTTP/1.1", "Host: signalhub.example", *forwarded, *lines]
    return server.ask("\r\n".join([*head, "Connection: close", "", ""]).encode())


def code(answer: Answer) -> Any:
    return json.loads(answer.said.partition(b"\r\n\r\n")[2])["code"]


def test_what_comes_in_and_what_does_not(ada: User, tmp_path: Path) -> None:
    given = {name: text for name, text in PRODUCTION.items() if name not in NO_CREDENTIALS}
    secret, user, roles = f"X-Gateway-Secret: {SECRET}", f"X-User-ID: {ada.pk}", "X-User-Roles: "
    with running("api", tmp_path, host="signalhub.example", **given) as server:
        good = ask(server, secret, user, f"{roles}author")
        refused = {
            "direct_access_forbidden": [
                ask(server, user),
                ask(server, secret, secret, user),
                ask(server, secret, f"X_Gateway_Secret: {SECRET}", user),
                ask(server, f"X_Gateway-Secret: {SECRET}", user),
                ask(server, secret, user, peer=f"{GATEWAY}, 192.0.2.1"),
                ask(server, secret, user, peer="192.0.2.1"),
                ask(server, secret, user, "X-Forwarded-For: 192.0.2.1"),
            ],
            "user_id_missing": [ask(server, secret)],
            "user_not_served": [
                ask(server, secret, user, user),
                ask(server, secret, user, f"X_User_ID: {ada.pk}"),
                ask(server, secret, f"X-User_ID: {ada.pk}"),
                ask(server, secret, user, f"{roles}author", f"{roles}operator"),
                ask(server, secret, user, "X_User_Roles: operator"),
            ],
            "two_identities": [
                ask(server, secret, user, "Authorization: Bearer any"),
                ask(server, secret, user, "Cookie: __Host-sessionid=any"),
            ],
        }
        plain = ask(server, path="/login/", peer=None)
        elsewhere = ask(server, "X-Forwarded-Host: elsewhere.example", path="/login", peer=None)
        health = ask(server, path="/health/live", peer=None)

    assert good.statuses == [200]
    for expected, answers in refused.items():
        assert [(answer.statuses, code(answer)) for answer in answers] == [
            ([403], expected) for _ in answers
        ]
    assert plain.statuses == [301]
    assert b"location: https://signalhub.example/login/\r\n" in plain.said
    assert b"elsewhere" not in elsewhere.said
    assert health.statuses == [200]
    assert b"strict-transport-security: max-age=31536000; includeSubDomains; preload" in good.said
    assert b"\r\nserver:" not in good.said
    log = server.log_path.read_text()
    assert SECRET not in log
    assert "edge_refused" in log
