import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ingest import signatures
from ingest.signatures import (
    EmptyProducerId,
    MalformedProducerId,
    MalformedSignature,
    MalformedTimestamp,
    MissingHeader,
    RepeatedHeader,
    SignatureMismatch,
    TimestampOutsideWindow,
)

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
FIVE_MINUTES = timedelta(minutes=5)
SECRET = b"a secret of the producer"
GOOD = {
    "X-Producer-Id": "north",
    "X-Timestamp": "2026-01-05T12:00:00Z",
    "X-Signature": base64.b64encode(bytes(32)).decode(),
}

producer_ids = st.from_regex(signatures.PRODUCER_ID, fullmatch=True)
timestamps = st.from_regex(signatures.TIMESTAMP, fullmatch=True)
bodies = st.binary(max_size=80)


def headers_for(body: bytes, timestamp: str, producer_id: str) -> signatures.SignedHeaders:
    signature = signatures.sign(body, timestamp=timestamp, producer_id=producer_id, secret=SECRET)
    return signatures.SignedHeaders(
        producer_id=producer_id,
        timestamp=timestamp,
        sent_at=NOON,
        mac=base64.b64decode(signature),
    )


def test_the_signature_is_hmac_sha256_over_body_timestamp_and_producer_in_base64() -> None:
    message = b'{"side":0}2026-01-05T12:00:00Znorth'
    expected = base64.b64encode(hmac.new(SECRET, message, hashlib.sha256).digest()).decode()

    made = signatures.sign(
        b'{"side":0}', timestamp="2026-01-05T12:00:00Z", producer_id="north", secret=SECRET
    )

    assert made == expected


def test_hmac_matches_the_published_test_case() -> None:
    """RFC 4231, test case 2."""
    made = signatures.sign(
        b"what do ya want ", timestamp="for ", producer_id="nothing?", secret=b"Jefe"
    )

    assert base64.b64decode(made).hex() == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )


@given(body=bodies, timestamp=timestamps, producer_id=producer_ids)
def test_a_signature_verifies_for_what_was_signed(
    body: bytes, timestamp: str, producer_id: str
) -> None:
    signatures.require_signature(
        body, headers_for(body, timestamp, producer_id), secrets=[b"another", SECRET]
    )


@given(body=bodies, timestamp=timestamps, signer=producer_ids, claimed=producer_ids)
def test_a_signature_for_one_producer_never_verifies_for_another(
    body: bytes, timestamp: str, signer: str, claimed: str
) -> None:
    """Not even when both were given the same secret."""
    assume(signer != claimed)
    signed = headers_for(body, timestamp, signer)
    replayed = signatures.SignedHeaders(
        producer_id=claimed, timestamp=timestamp, sent_at=NOON, mac=signed.mac
    )

    with pytest.raises(SignatureMismatch):
        signatures.require_signature(body, replayed, secrets=[SECRET])


@given(message_of=st.tuples(bodies, timestamps, producer_ids))
def test_a_message_comes_apart_in_one_way_only(message_of: tuple[bytes, str, str]) -> None:
    """Wherever the same bytes are cut, only the original cut has two headers of valid grammar."""
    body, timestamp, producer_id = message_of
    message = signatures.canonical_message(body, timestamp=timestamp, producer_id=producer_id)
    tail = message[len(body) :].decode()
    head = message[: len(body)].decode("latin-1")
    text = head + tail

    cuts = [
        (start, end)
        for end in range(max(0, len(text) - 63), len(text))
        if signatures.PRODUCER_ID.fullmatch(text[end:])
        for start in range(max(0, end - 32), end)
        if signatures.TIMESTAMP.fullmatch(text[start:end])
    ]

    assert cuts == [(len(body), len(body) + len(timestamp))]


def test_without_a_secret_nothing_verifies() -> None:
    with pytest.raises(SignatureMismatch):
        signatures.require_signature(b"{}", headers_for(b"{}", "t", "north"), secrets=[])


@pytest.mark.parametrize("seconds", [0, 299, 300.0, -299, -300.0])
def test_a_timestamp_of_up_to_five_minutes_is_fresh_at_both_ends(seconds: float) -> None:
    sent_at = NOON - timedelta(seconds=seconds)

    signatures.require_fresh(sent_at, now=NOON, window=FIVE_MINUTES)


@pytest.mark.parametrize("seconds", [300.000001, 300.1, -300.1, 86_400, -86_400])
def test_a_timestamp_beyond_five_minutes_is_refused(seconds: float) -> None:
    sent_at = NOON - timedelta(seconds=seconds)

    with pytest.raises(TimestampOutsideWindow):
        signatures.require_fresh(sent_at, now=NOON, window=FIVE_MINUTES)


def test_a_strict_clock_refuses_the_future_and_keeps_the_past() -> None:
    future = NOON + timedelta(microseconds=1)

    signatures.require_fresh(NOON, now=NOON, window=FIVE_MINUTES, strict=True)
    signatures.require_fresh(NOON - FIVE_MINUTES, now=NOON, window=FIVE_MINUTES, strict=True)
    with pytest.raises(TimestampOutsideWindow):
        signatures.require_fresh(future, now=NOON, window=FIVE_MINUTES, strict=True)


@pytest.mark.parametrize(
    ("absent", "named"),
    [
        (["X-Producer-Id", "X-Timestamp", "X-Signature"], "X-Producer-Id"),
        (["X-Producer-Id", "X-Signature"], "X-Producer-Id"),
        (["X-Timestamp", "X-Signature"], "X-Timestamp"),
        (["X-Signature"], "X-Signature"),
    ],
)
def test_the_first_missing_header_is_named(absent: list[str], named: str) -> None:
    present = {name: value for name, value in GOOD.items() if name not in absent}

    with pytest.raises(MissingHeader, match=named):
        signatures.read_headers(present)


@pytest.mark.parametrize("name", list(GOOD))
def test_a_header_that_came_twice_is_refused(name: str) -> None:
    with pytest.raises(RepeatedHeader):
        signatures.read_headers({**GOOD, name: f"{GOOD[name]},{GOOD[name]}"})


@pytest.mark.parametrize("producer_id", ["", " "])
def test_an_empty_producer_id_is_a_malformed_request(producer_id: str) -> None:
    with pytest.raises(EmptyProducerId):
        signatures.read_headers({**GOOD, "X-Producer-Id": producer_id})


@pytest.mark.parametrize(
    "producer_id",
    ["n", "North", "1north", "-north", "north\n", "nörth", "north!", "n" * 64, "no rth"],
)
def test_a_producer_id_outside_its_grammar_is_refused(producer_id: str) -> None:
    with pytest.raises(MalformedProducerId):
        signatures.read_headers({**GOOD, "X-Producer-Id": producer_id})


@pytest.mark.parametrize("producer_id", ["no", "n" * 63, "n0_-", "north"])
def test_a_producer_id_inside_its_grammar_is_read(producer_id: str) -> None:
    headers = signatures.read_headers({**GOOD, "X-Producer-Id": producer_id})

    assert headers.producer_id == producer_id


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-01-05T12:00:00Z", NOON),
        ("2026-01-05T12:00:00+00:00", NOON),
        ("2026-01-05T17:30:00+05:30", NOON),
        ("2026-01-05T12:00:00.5Z", NOON + timedelta(milliseconds=500)),
        ("2026-01-05T12:00:00.000001Z", NOON + timedelta(microseconds=1)),
    ],
)
def test_a_timestamp_is_read_with_its_zone(text: str, instant: datetime) -> None:
    assert signatures.read_headers({**GOOD, "X-Timestamp": text}).sent_at == instant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1767614400",
        "2026-01-05",
        "2026-01-05T12:00:00",
        "2026-01-05 12:00:00Z",
        "2026-01-05t12:00:00z",
        "2026-01-05T12:00Z",
        "20260105T120000Z",
        "2026-01-05T12:00:00.1234567Z",
        "2026-01-05T12:00:00.Z",
        "2026-01-05T12:00:00+0000",
        "2026-01-05T12:00:00Z\n",
        " 2026-01-05T12:00:00Z",
        "2026-13-05T12:00:00Z",
        "2026-01-05T12:00:60Z",
        "2026-01-05T12:00:00+99:00",
        "0000-01-05T12:00:00Z",
        "٢026-01-05T12:00:00Z",
    ],
)
def test_a_timestamp_outside_its_grammar_is_refused(text: str) -> None:
    with pytest.raises(MalformedTimestamp):
        signatures.read_headers({**GOOD, "X-Timestamp": text})


def test_the_first_and_the_last_instant_are_compared_without_overflow() -> None:
    for text in ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"):
        headers = signatures.read_headers({**GOOD, "X-Timestamp": text})
        with pytest.raises(TimestampOutsideWindow):
            signatures.require_fresh(headers.sent_at, now=NOON, window=FIVE_MINUTES)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not base64",
        "AAAA",
        "A" * 44,
        "A" * 43,
        "A" * 42 + "==",
        "A" * 42 + "B=",
        "A" * 42 + "A=\n",
        "A" * 42 + "-=",
        "A" * 42 + "!=",
        " " + "A" * 43 + "=",
        "A" * 43 + "==",
        "A" * 42 + "é=",
        "0" * 64,
    ],
)
def test_a_signature_that_is_not_canonical_base64_is_refused(text: str) -> None:
    with pytest.raises(MalformedSignature):
        signatures.read_headers({**GOOD, "X-Signature": text})
