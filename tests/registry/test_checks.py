"""Production does not start without storage credentials of its own."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from registry import checks


@pytest.mark.parametrize(
    ("access_key", "secret_key", "ids"),
    [
        ("", "secret", ["registry.E001"]),
        ("key", "", ["registry.E001"]),
        ("", "", ["registry.E001"]),
        ("minioadmin", "secret", ["registry.E002"]),
        ("key", "minioadmin", ["registry.E002"]),
        ("minioadmin", "minioadmin", ["registry.E002"]),
        ("minioadmin", "", ["registry.E001", "registry.E002"]),
        ("key", "secret", []),
    ],
)
def test_production_needs_credentials_that_are_not_well_known(
    settings: Settings, access_key: str, secret_key: str, ids: list[str]
) -> None:
    settings.PRODUCTION = True
    settings.S3_ACCESS_KEY = access_key
    settings.S3_SECRET_KEY = secret_key

    assert [problem.id for problem in checks.check_object_store()] == ids


def test_development_needs_no_credentials(settings: Settings) -> None:
    settings.S3_ACCESS_KEY = settings.S3_SECRET_KEY = ""

    assert checks.check_object_store() == []


@pytest.mark.parametrize(
    ("addressing", "ids"),
    [
        ("path", []),
        ("virtual", []),
        ("auto", []),
        ("", ["registry.E003"]),
        ("p", ["registry.E003"]),
    ],
)
def test_a_way_of_naming_buckets_that_no_store_knows_is_told(
    settings: Settings, addressing: str, ids: list[str]
) -> None:
    settings.S3_ADDRESSING = addressing

    assert [problem.id for problem in checks.check_addressing()] == ids
