"""What production does not start with: rules over the settings as plain data.

It knows no table, no network and no Django; ``signalhub.checks`` reports what it finds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from common.networks import bad_networks
from signalhub.settings.problems import Problem
from signalhub.settings.secret_rules import SECRET_RULES, SecretRule, is_well_known

Settings = Mapping[str, Any]
FIX_SECRET = (
    "Draw one at random (python -c 'import secrets; print(secrets.token_urlsafe(64))') and set "
    "{name}, or {name}_FILE with the path of a file that holds it."
)
# registry.checks knows the store's; of addresses only the password counts.
SAID_ELSEWHERE = frozenset({"S3_ACCESS_KEY", "S3_SECRET_KEY", "DATABASE_URL", "REDIS_URL"})


def problems_of(settings: Settings) -> list[Problem]:
    """Return everything in settings that production must not start with."""
    if not settings["PRODUCTION"]:
        return [*_networks(settings), *_edge(settings)]
    return [
        *_switches(settings),
        *_addresses(settings),
        *_secrets(settings),
        *_passwords_of_servers(settings),
        *_networks(settings),
        *_edge(settings),
    ]


def _switches(settings: Settings) -> Iterator[Problem]:
    if settings["DEBUG"]:
        yield _problem("E010", "DEBUG is on: faults would show code.", "Leave DEBUG unset.")
    if settings["DEMO"]:
        yield _problem(
            "E011", "DEMO is on: the first page would show passwords.", "Leave DEMO unset."
        )
    if not settings["RATE_LIMITS_ENABLED"]:
        yield _problem(
            "E025",
            "RATE_LIMITS_ENABLED is false: nobody would be limited, and nothing turned away.",
            "Leave RATE_LIMITS_ENABLED unset.",
        )
    if not settings["HTTPS"]:
        yield _problem(
            "E012",
            "HTTPS is false: sessions and keys would travel in the open.",
            "Leave HTTPS unset and let a proxy in front speak TLS.",
        )


def _addresses(settings: Settings) -> Iterator[Problem]:
    hosts = settings["ALLOWED_HOSTS"]
    if not hosts or any(host.strip() in ("*", ".") for host in hosts):
        yield _problem(
            "E013", "ALLOWED_HOSTS lets any name in, or none.", "List the names of this site."
        )
    for origin in settings["CSRF_TRUSTED_ORIGINS"]:
        address = urlsplit(origin)
        if address.scheme != "https" or address.hostname in (None, "*"):
            yield _problem(
                "E014",
                f"CSRF_TRUSTED_ORIGINS names {origin!r}, which is no https address of one site.",
                "Write https://name, one for each name of this site.",
            )
    public = settings["S3_PUBLIC_ENDPOINT"]
    if public and urlsplit(public).scheme != "https":
        yield _problem(
            "E015",
            "S3_PUBLIC_ENDPOINT is not https: scripts would travel in the open.",
            "Give the https address under which callers reach the store.",
        )


def _secrets(settings: Settings) -> Iterator[Problem]:
    used: dict[str, str] = {}
    for rule in SECRET_RULES:
        values = _values_of(rule, settings)
        if values is None or rule.name in SAID_ELSEWHERE:
            continue
        if rule.required and not any(values):
            yield _secret_problem("E016", rule.name, "is not set")
        for value in filter(None, values):
            yield from _objections(rule, value)
            if value in used and rule.least:
                yield _secret_problem(
                    "E019", rule.name, f"is the same as {used[value]}; it needs a value of its own"
                )
            used.setdefault(value, rule.name)


def _values_of(rule: SecretRule, settings: Settings) -> list[str] | None:
    """Return a secret's values; None when there is no such setting. Lists are for rotation."""
    found = settings.get(rule.name, settings.get(f"{rule.name}S"))
    if found is None:
        return None
    return [found] if isinstance(found, str) else [str(value) for value in found]


def _objections(rule: SecretRule, value: str) -> Iterator[Problem]:
    if is_well_known(value):
        yield _secret_problem("E017", rule.name, "is one that everybody knows")
    elif len(value) < rule.least:
        yield _secret_problem("E018", rule.name, f"has fewer than {rule.least} characters")


def _passwords_of_servers(settings: Settings) -> Iterator[Problem]:
    database = settings["DATABASES"]["default"]
    passwords = {
        "DATABASE_URL": str(database.get("PASSWORD") or ""),
        "REDIS_URL": unquote(urlsplit(settings["REDIS_URL"]).password or ""),
    }
    for name, password in passwords.items():
        if password and is_well_known(password):
            yield _problem(
                "E020",
                f"The password in {name} is one that everybody knows.",
                f"Give the server a password of its own; {name} may stand in {name}_FILE.",
            )


def _networks(settings: Settings) -> Iterator[Problem]:
    for name in ("GATEWAY_ALLOWED_NETWORKS", "INTERNAL_ALLOWED_NETWORKS", "TRUSTED_PROXIES"):
        for text in bad_networks(settings[name]):
            yield _problem(
                "E021",
                f"{name} names {text!r}, which is no network.",
                "Write networks as 10.0.0.0/8 or fd00::/8, single addresses as 10.0.0.7.",
            )


def _edge(settings: Settings) -> Iterator[Problem]:
    if not settings["EDGE_TRUST"]:
        return
    if not settings["GATEWAY_SECRETS"]:
        yield _secret_problem("E022", "GATEWAY_SECRET", "is not set, and EDGE_TRUST is on")
    if not settings["GATEWAY_ALLOWED_NETWORKS"]:
        yield _problem(
            "E023",
            "GATEWAY_ALLOWED_NETWORKS is empty, and EDGE_TRUST is on.",
            "List the networks that the API gateway's requests come from.",
        )


def _secret_problem(number: str, name: str, what: str) -> Problem:
    return _problem(number, f"{name} {what}.", FIX_SECRET.format(name=name))


def _problem(number: str, message: str, fix: str) -> Problem:
    return Problem(code=f"signalhub.{number}", message=message, fix=fix)
