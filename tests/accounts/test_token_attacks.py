"""Tokens that are almost ours: none of them opens anything."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from django.conf import settings
from rest_framework.test import APIClient

from accounts.models import User
from tests.accounts.tokens import ask, forged, fresh_claims, part, payload_of, send, sign_in, signed
from tests.problems import assert_problem

pytestmark = pytest.mark.django_db
HEADER = {"alg": "HS256", "typ": "JWT"}


@pytest.fixture
def pair(sam: User) -> dict[str, Any]:
    return sign_in(sam)


@pytest.fixture
def access(pair: dict[str, Any]) -> str:
    return str(pair["access"])


def refused(token: str) -> None:
    reply = ask(token)
    assert_problem(reply, 401, "token_not_valid")
    assert reply["WWW-Authenticate"] == "Bearer"


def test_what_is_built_by_hand_as_ours_are_is_taken(access: str) -> None:
    assert ask(access).status_code == 200
    assert ask(forged(access, **fresh_claims())).status_code == 200


@pytest.mark.parametrize("none", ["none", "None", "NONE", "nOnE", "", "null", None])
@pytest.mark.parametrize("signature", ["", "kept", "x"])
def test_a_token_without_an_algorithm_is_refused(
    access: str, none: str | None, signature: str
) -> None:
    tail = access.rpartition(".")[2] if signature == "kept" else signature

    refused(f"{part({'alg': none, 'typ': 'JWT'})}.{access.split('.')[1]}.{tail}")


@pytest.mark.parametrize(
    ("name", "algorithm"),
    [("HS384", "sha384"), ("HS512", "sha512"), ("RS256", "sha256"), ("hs256", "sha256")],
)
def test_a_right_hmac_under_another_name_is_refused(access: str, name: str, algorithm: str) -> None:
    refused(signed({"alg": name, "typ": "JWT"}, payload_of(access), algorithm=algorithm))


def test_a_token_signed_with_rsa_is_refused_whatever_it_calls_itself(access: str) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    for name in ("RS256", "PS256", "HS256"):
        body = f"{part({'alg': name, 'typ': 'JWT'})}.{access.split('.')[1]}"
        signature = key.sign(body.encode(), padding.PKCS1v15(), SHA256())
        refused(f"{body}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}")
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    refused(signed(HEADER, payload_of(access), key=public.decode()))


@pytest.mark.parametrize("key", ["", "secret", "SECRET_KEY", "development-only-not-a-secret"])
def test_a_token_signed_with_another_key_is_refused(access: str, key: str) -> None:
    secret = settings.SECRET_KEY if key == "SECRET_KEY" else key

    refused(signed(HEADER, payload_of(access), key=secret))


@pytest.mark.parametrize(
    "more",
    [
        {"jku": "https://attacker.example/keys"},
        {"x5u": "https://attacker.example/cert"},
        {"x5c": ["MIIB"]},
        {"jwk": {"kty": "oct", "k": "c2VjcmV0"}},
        {"kid": "../../dev/null"},
        {"kid": "' UNION SELECT 'secret"},
        {"crit": ["exp"]},
        {"b64": False},
        {"zip": "DEF"},
        {"cty": "JWT"},
        {"typ": "at+jwt"},
        {"typ": ...},
        {"alg": ["HS256"]},
    ],
)
def test_a_header_that_says_more_or_less_than_ours_is_refused(
    access: str, more: dict[str, Any]
) -> None:
    header = {name: value for name, value in {**HEADER, **more}.items() if value is not ...}

    refused(signed(header, payload_of(access)))


NOT_OURS: list[dict[str, Any]] = [
    *({name: ...} for name in ("aud", "iss", "typ", "exp", "iat", "jti", "sub", "fam", "stp")),
    {"aud": "another-api"},
    {"aud": ["signalhub-api"]},
    {"aud": ["signalhub-api", "another"]},
    {"aud": {"signalhub-api": 1}},
    {"aud": None},
    {"iss": "another"},
    {"iss": ["signalhub"]},
    {"typ": "refresh"},
    {"typ": "Access"},
    {"typ": ["access"]},
    {"exp": "99999999999"},
    {"exp": 99999999999.5},
    {"exp": 1e300},
    {"exp": 10**30},
    {"exp": -1},
    {"exp": 0},
    {"exp": True},
    {"exp": None},
    {"exp": [9999999999]},
    {"iat": "now"},
    {"iat": 1.5},
    {"iat": 9999999999},
    {"iat": None},
    {"jti": ""},
    {"jti": 5},
    {"jti": "A" * 32},
    {"jti": "0" * 31 + "\n"},
    {"sub": 1},
    {"sub": "0"},
    {"sub": "1 OR 1=1"},
    {"sub": "9" * 19},
    {"sub": "99999999999999999999"},
    {"sub": "\u0661"},
    {"fam": "0" * 32},
    {"fam": "not a family"},
    {"stp": "0" * 32},
    {"nbf": 0},
    {"admin": True},
]


@pytest.mark.parametrize("claims", NOT_OURS, ids=str)
def test_a_claim_that_is_wrong_missing_or_too_many_is_refused(
    access: str, claims: dict[str, Any]
) -> None:
    refused(forged(access, **{**fresh_claims(), **claims}))


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_a_number_that_is_none_is_refused(access: str, constant: str) -> None:
    payload = json.dumps(payload_of(access))
    exp = str(payload_of(access)["exp"])

    refused(signed(HEADER, payload.replace(exp, constant)))


def test_one_that_has_run_out_says_so(access: str) -> None:
    assert_problem(ask(forged(access, iat=1_700_000_000, exp=1_700_000_600)), 401, "token_expired")


def test_a_token_of_somebody_else_with_ones_own_family_is_refused(
    access: str, ada: User, mallory: User
) -> None:
    for stamp in (payload_of(access)["stp"], ada.stamp):
        refused(forged(access, sub=str(ada.pk), stp=stamp))


def test_refresh_and_access_are_never_taken_for_each_other(pair: dict[str, Any]) -> None:
    refused(pair["refresh"])
    assert_problem(send("/api/v2/auth/refresh", refresh=pair["access"]), 401, "token_not_valid")
    assert ask(pair["access"]).status_code == 200


def test_keys_given_twice_are_refused(access: str, ada: User) -> None:
    payload = json.dumps(payload_of(access))
    twice = payload[:-1] + f', "sub": "{ada.pk}"}}'

    refused(signed(HEADER, twice))
    refused(signed('{"alg":"none","alg":"HS256","typ":"JWT"}', payload))
    refused(signed('{"alg":"HS256","typ":"JWT","typ":"JWT"}', payload))


def test_no_second_spelling_of_a_token_is_taken(access: str) -> None:
    header, payload, signature = access.split(".")
    # The last character of 43 carries two bits that mean nothing: each has twins.
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    place = alphabet.index(signature[-1])
    twins = [signature[:-1] + alphabet[place ^ bits] for bits in (1, 2, 3)]
    spellings = [
        *(f"{header}.{payload}.{twin}" for twin in twins),
        f"{access}=",
        f"{header}=.{payload}.{signature}",
        f"{header}.{payload}=.{signature}",
        f"{header}.{payload}==.{signature}=",
        f"{access}.",
        f".{access}",
        f"{access}.{signature}",
        f"{access}\t",
        f"{access},{access}",
        f"{access};x",
        f"{header}..{signature}",
        f"{header}.{payload}",
        f"{header}.{payload}.",
        f"{header[:4]} {header[4:]}.{payload}.{signature}",
        f"{header}.{payload}.{signature.replace('-', '+').replace('_', '/')}+",
        f"{header}.{payload}.%00{signature}",
        "..",
        "a.b.c",
        f"{header}.{payload}.{'A' * 43}",
    ]

    for spelling in spellings:
        refused(spelling)


def test_a_very_long_token_and_a_very_deep_one_are_refused(access: str) -> None:
    refused(access + "A" * 6_000)
    refused(signed(HEADER, {**payload_of(access), "more": "x" * 5_000}))
    refused(signed(HEADER, '{"a":' + "[" * 300 + "]" * 300 + "}"))


def test_json_that_is_no_object_is_refused(access: str) -> None:
    for payload in ("[1,2,3,4,5,6,7,8]", '"a text that is long enough"', "12345678901234567890"):
        refused(signed(HEADER, payload))
    refused(signed("[1,2,3,4,5,6]", payload_of(access)))


@pytest.mark.parametrize("scheme", ["", "Basic ", "JWT ", "Token "])
def test_only_bearer_carries_a_token(access: str, scheme: str) -> None:
    reply = APIClient().get("/api/v2/auth/keys", headers={"Authorization": scheme + access})

    assert_problem(reply, 401, "unauthenticated")
