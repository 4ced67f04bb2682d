"""Stored secrets: read with any of the keys, in their own context, and nowhere else."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from common.encryption import Undecryptable, decrypt, encrypt, is_current

SECRET = "shp_ünïcödé"


@pytest.fixture(autouse=True)
def one_key(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = ["first key"]


def test_a_secret_is_read_again_and_no_token_shows_it() -> None:
    one, other = (encrypt(SECRET, context="producer:north") for _ in range(2))

    assert decrypt(one, context="producer:north") == SECRET
    assert one != other
    assert SECRET not in one


def test_a_token_says_nothing_in_another_context() -> None:
    token = encrypt(SECRET, context="producer:north")

    with pytest.raises(Undecryptable):
        decrypt(token, context="producer:south")


@pytest.mark.parametrize("place", range(3, 60, 4))
def test_a_changed_token_is_refused(place: int) -> None:
    token = encrypt(SECRET, context="c")
    other = "A" if token[place] != "A" else "B"

    with pytest.raises(Undecryptable):
        decrypt(token[:place] + other + token[place + 1 :], context="c")


@pytest.mark.parametrize("token", ["", "v1.", "v1.AAAA", "v2.AAAA", "v1.not base64", "plain"])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(Undecryptable):
        decrypt(token, context="c")


def test_keys_are_replaced_one_after_the_other(settings: Settings) -> None:
    old = encrypt(SECRET, context="c")
    settings.ENCRYPTION_KEYS = ["second key", "first key"]
    new = encrypt(SECRET, context="c")

    assert [is_current(token) for token in (old, new)] == [False, True]
    assert decrypt(old, context="c") == decrypt(new, context="c") == SECRET

    settings.ENCRYPTION_KEYS = ["second key"]
    assert decrypt(new, context="c") == SECRET
    with pytest.raises(Undecryptable):
        decrypt(old, context="c")
