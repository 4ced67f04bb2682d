"""Codes, against the published vectors of RFC 6238, appendix B."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from accounts import totp

SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)

    assert totp.code_at(SECRET, totp.step_of(at), digits=8) == code
    assert totp.matching_step(SECRET, code[-6:], at=at) == totp.step_of(at)


@pytest.mark.parametrize(("off", "matches"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(off: int, matches: bool) -> None:
    at = datetime(2026, 1, 5, 12, tzinfo=UTC)
    code = totp.code_at(SECRET, totp.step_of(at) + off)

    assert (totp.matching_step(SECRET, code, at=at) is not None) is matches


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "12345\n", "\u0660" * 6, "12 345", "-12345"]
)
def test_what_is_no_code_matches_nothing(code: str) -> None:
    assert totp.matching_step(SECRET, code, at=datetime(2026, 1, 5, tzinfo=UTC)) is None


def test_the_address_names_issuer_account_and_secret() -> None:
    address = totp.address_of(SECRET, account="a b@c", issuer="Signal Hub")

    assert address == (f"otpauth://totp/Signal%20Hub:a%20b%40c?secret={SECRET}&issuer=Signal%20Hub")
