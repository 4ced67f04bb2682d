"""What production refuses, one reason at a time."""

from __future__ import annotations

from typing import Any

import pytest

from signalhub.settings.production import problems_of
from signalhub.settings.secret_rules import SECRET_RULES, is_well_known

LONG = "abcdefghijklmnopqrstuvwxyz-0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ"
GOOD: dict[str, Any] = {
    "PRODUCTION": True,
    "DEBUG": False,
    "DEMO": False,
    "RATE_LIMITS_ENABLED": True,
    "HTTPS": True,
    "ALLOWED_HOSTS": ["signalhub.example"],
    "CSRF_TRUSTED_ORIGINS": ["https://signalhub.example"],
    "S3_PUBLIC_ENDPOINT": "",
    "SECRET_KEY": f"1{LONG}",
    "ENCRYPTION_KEYS": [f"2{LONG}", f"3{LONG}"],
    "JWT_SIGNING_KEY": f"4{LONG}",
    "WATERMARK_SECRET": f"5{LONG}",
    "INTERNAL_API_KEY": "",
    "GATEWAY_SECRETS": [],
    "DATABASES": {"default": {"PASSWORD": f"6{LONG}"}},
    "REDIS_URL": "redis://:something@redis.example:6379/0",
    "EDGE_TRUST": False,
    "GATEWAY_ALLOWED_NETWORKS": [],
    "INTERNAL_ALLOWED_NETWORKS": ["10.0.0.0/8"],
    "TRUSTED_PROXIES": [],
}
EDGE = {
    "EDGE_TRUST": True,
    "GATEWAY_SECRETS": [f"7{LONG}", f"8{LONG}"],
    "GATEWAY_ALLOWED_NETWORKS": ["10.0.0.0/8", "fd00::/8", "10.0.0.7"],
}


def codes(**changes: Any) -> list[str]:
    return [problem.code.removeprefix("signalhub.") for problem in problems_of({**GOOD, **changes})]


def test_a_good_configuration_has_no_problem() -> None:
    assert codes() == []
    assert codes(**EDGE) == []


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("DEBUG", True, "E010"),
        ("DEMO", True, "E011"),
        ("RATE_LIMITS_ENABLED", False, "E025"),
        ("HTTPS", False, "E012"),
        ("ALLOWED_HOSTS", ["signalhub.example", "*"], "E013"),
        ("ALLOWED_HOSTS", [], "E013"),
        ("CSRF_TRUSTED_ORIGINS", ["http://signalhub.example"], "E014"),
        ("CSRF_TRUSTED_ORIGINS", ["https://*"], "E014"),
        ("CSRF_TRUSTED_ORIGINS", ["signalhub.example"], "E014"),
        ("S3_PUBLIC_ENDPOINT", "http://objects.example", "E015"),
        ("SECRET_KEY", "", "E016"),
        ("ENCRYPTION_KEYS", [], "E016"),
        ("JWT_SIGNING_KEY", "", "E016"),
        ("SECRET_KEY", f"django-insecure-{LONG}", "E017"),
        ("SECRET_KEY", "x" * 64, "E017"),
        ("WATERMARK_SECRET", "development-only-marks-prove-nothing", "E017"),
        ("INTERNAL_API_KEY", "changeme", "E017"),
        ("SECRET_KEY", LONG[:49], "E018"),
        ("ENCRYPTION_KEYS", [f"2{LONG}", LONG[:31]], "E018"),
        ("JWT_SIGNING_KEY", LONG[:31], "E018"),
        ("JWT_SIGNING_KEY", f"1{LONG}", "E019"),
        ("ENCRYPTION_KEYS", [f"1{LONG}"], "E019"),
        ("DATABASES", {"default": {"PASSWORD": "postgres"}}, "E020"),
        ("REDIS_URL", "redis://:password@redis.example/0", "E020"),
        ("TRUSTED_PROXIES", ["10.0.0.1/8"], "E021"),
        ("INTERNAL_ALLOWED_NETWORKS", ["everywhere"], "E021"),
    ],
)
def test_each_thing_that_is_wrong_is_one_problem(name: str, value: Any, code: str) -> None:
    assert codes(**{name: value}) == [code]


@pytest.mark.parametrize("production", [True, False])
def test_edge_trust_without_a_secret_or_a_network_starts_nowhere(production: bool) -> None:
    given = {**EDGE, "PRODUCTION": production}

    assert codes(**given) == []
    assert codes(**{**given, "GATEWAY_SECRETS": []}) == ["E022"]
    assert codes(**{**given, "GATEWAY_ALLOWED_NETWORKS": []}) == ["E023"]


def test_development_may_be_careless() -> None:
    careless = {"DEBUG": True, "HTTPS": False, "SECRET_KEY": "secret", "ALLOWED_HOSTS": ["*"]}

    assert codes(PRODUCTION=False, **careless) == []


def test_a_problem_names_the_setting_and_never_its_value() -> None:
    [problem] = problems_of({**GOOD, "JWT_SIGNING_KEY": "too-short-and-secret"})

    assert problem.message.startswith("JWT_SIGNING_KEY ")
    assert "JWT_SIGNING_KEY_FILE" in problem.fix
    assert "too-short-and-secret" not in str(problem)


def test_what_stands_in_our_own_files_is_well_known() -> None:
    assert is_well_known("minioadmin")
    assert is_well_known("Development-Only-Tokens-Prove-Nothing")
    assert not is_well_known(LONG)
    assert len({rule.name for rule in SECRET_RULES}) == len(SECRET_RULES)
