"""What every answer tells a browser, and what no answer can be made to say."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
ALWAYS = {
    "Cache-Control",
    "Content-Security-Policy",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
    "Permissions-Policy",
    "Referrer-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
}
ANSWERS = {
    "/": 200,
    "/login/": 200,
    "/dashboard/": 302,
    "/admin/": 302,
    "/nothing": 404,
    "/scripts": 401,
    "/scripts/nothing": 404,
    "/api/schema": 200,
    "/api/docs": 200,
    "/health/live": 200,
    "/static/css/skin.css": 200,
    "/api/v1/signals": 405,
}
ELSEWHERE = [
    "https://elsewhere.example/",
    "//elsewhere.example/",
    "///elsewhere.example/",
    "/\\elsewhere.example/",
    "https:elsewhere.example",
    "javascript:alert(1)",
    "\thttps://elsewhere.example/",
    "http://testserver@elsewhere.example/",
]


def static_file() -> str:
    page = Client().get("/login/").content.decode()
    found = re.search(r'href="(/static/[^"]+\.css)"', page)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("path", ANSWERS)
def test_every_answer_carries_the_headers(path: str) -> None:
    reply = Client().get(static_file() if path.startswith("/static/") else path)
    reply.close()  # of a file

    assert reply.status_code == ANSWERS[path]
    assert ALWAYS - reply.headers.keys() == set()
    assert "Server" not in reply.headers
    assert "X-Powered-By" not in reply.headers


def test_an_answer_of_a_middleware_carries_them_too() -> None:
    for reply in (
        Client().get("/", headers={"Host": "elsewhere.example"}),
        Client(enforce_csrf_checks=True).post("/login/", {"username": "sam"}),
    ):
        assert reply.status_code in (400, 403)
        assert ALWAYS - reply.headers.keys() == set()


def test_pages_run_our_scripts_and_nothing_else(sam: User, browser: Client) -> None:
    browser.force_login(sam)

    for path in ("/", "/login/", "/dashboard/", "/marketplace/", "/api/docs"):
        policy = browser.get(path)["Content-Security-Policy"]
        rules = dict(rule.split(" ", 1) for rule in policy.split("; "))

        assert "unsafe" not in policy
        assert rules["default-src"] == rules["object-src"] == "'none'"
        assert rules["script-src"] == "'self'"
        assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"


def test_what_is_somebodys_is_kept_nowhere(sam: User, browser: Client) -> None:
    browser.force_login(sam)

    for path in ("/dashboard/", "/marketplace/", "/scripts", "/"):
        kept = browser.get(path)["Cache-Control"]
        assert "no-store" in kept or "private" in kept, path


def test_production_speaks_tls_alone_and_says_so(settings: Settings, browser: Client) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True

    plain, safe = browser.get("/login/"), browser.get("/login/", secure=True)

    assert (plain.status_code, plain["Location"]) == (301, "https://testserver/login/")
    expected = "max-age=31536000; includeSubDomains; preload"
    assert safe["Strict-Transport-Security"] == expected
    assert browser.get("/health/live").status_code == 200


def test_cookies_of_production_are_this_hosts_and_no_scripts(settings: Settings, sam: User) -> None:
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    browser = Client()

    browser.get("/login/", secure=True)
    browser.post("/login/", {"username": "sam", "password": PASSWORD}, secure=True)
    session = browser.cookies["__Host-sessionid"]

    assert (session["secure"], session["httponly"], session["samesite"]) == (True, True, "Lax")
    assert (session["path"], session["domain"]) == ("/", "")
    assert browser.cookies["__Host-csrftoken"]["secure"] is True
    browser.post("/logout/", secure=True)
    assert browser.cookies["__Host-sessionid"]["max-age"] == 0
    assert browser.get("/dashboard/", secure=True).status_code == 302


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_nobody_is_led_elsewhere_after_signing_in(sam: User, elsewhere: str) -> None:
    replies: list[Any] = [
        Client().post(address, {"username": "sam", "password": PASSWORD, "next": elsewhere})
        for address in ("/login/", "/admin/login/")
    ]

    for reply in replies:
        assert "elsewhere.example" not in reply.headers.get("Location", "")
        assert "javascript" not in reply.headers.get("Location", "")


def test_an_address_of_ours_names_no_host_that_is_not_ours(sam: User, browser: Client) -> None:
    browser.force_login(sam)
    headers = {"X-Forwarded-Host": "elsewhere.example", "X-Forwarded-Server": "elsewhere.example"}

    for path in ("/", "/api/schema", "/scripts?limit=1", "/login/?next=/dashboard/"):
        reply = browser.get(path, headers=headers)

        assert b"elsewhere.example" not in reply.content
        assert "elsewhere.example" not in str(reply.headers)
    for host in ("elsewhere.example", "testserver.elsewhere.example", "testserver:80@elsewhere"):
        assert browser.get("/", headers={"Host": host}).status_code == 400


def test_a_form_from_another_site_is_refused(sam: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.get("/login/")
    token = browser.cookies["csrftoken"].value
    form = {"username": "sam", "password": PASSWORD, "csrfmiddlewaretoken": token}

    foreign = browser.post("/login/", form, headers={"Origin": "https://elsewhere.example"})

    assert foreign.status_code == 403
    assert browser.post("/login/", form).status_code == 302
