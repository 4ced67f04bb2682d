"""A request as somebody pastes it."""

from __future__ import annotations

import pytest

from ingest.pasted_requests import UnreadablePaste, read_pasted

BODY = '{"instrument":"XAUUSD","side":0}'


def test_the_text_of_a_request_is_taken_apart() -> None:
    pasted = read_pasted(
        "POST /api/v1/signals HTTP/1.1\r\nHost: example.com\r\nX-Producer-Id: north\r\n"
        "X-Timestamp:2026-01-05T12:00:00Z \r\n\r\n" + BODY + "\r\n"
    )

    assert pasted.target == "/api/v1/signals"
    assert pasted.headers[1:] == [
        ("X-Producer-Id", "north"),
        ("X-Timestamp", "2026-01-05T12:00:00Z"),
    ]
    assert pasted.body == BODY.encode() + b"\n"


def test_headers_alone_have_no_body() -> None:
    pasted = read_pasted("\nX-Producer-Id: north\nx-producer-id: south")

    assert pasted.body is None
    assert pasted.joined_headers() == {"x-producer-id": "north,south"}


def test_a_command_for_curl_is_taken_apart() -> None:
    pasted = read_pasted(
        "curl -sS -X POST 'https://example.com/api/v1/signals' \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        '  --header "X-Producer-Id: north" \\\n'
        f"  --data-binary '{BODY}'"
    )

    assert pasted.target == "https://example.com/api/v1/signals"
    assert pasted.headers == [("Content-Type", "application/json"), ("X-Producer-Id", "north")]
    assert pasted.body == BODY.encode()


@pytest.mark.parametrize(
    ("data", "body"),
    [
        ("-d a -d b", b"a&b"),
        ("-da", b"a"),
        ("--data=a", b"a"),
        (r"--data-raw $'it\'s\n\u00e4\x41\ud83d\ude00'", "it's\näA😀".encode()),
        (r"--data-raw $'\ud83d'", "\ufffd".encode()),
        ("--data-raw @file", b"@file"),
        ("--data ''", b""),
        ("", None),
    ],
)
def test_the_data_of_a_command_is_the_body(data: str, body: bytes | None) -> None:
    assert read_pasted(f"curl https://example.com {data}").body == body


def test_json_as_an_option_names_its_media_type() -> None:
    pasted = read_pasted("curl --json '{}' https://example.com")

    assert pasted.headers == [("Content-Type", "application/json")]
    assert pasted.body == b"{}"


def test_a_body_in_a_file_has_to_be_given() -> None:
    pasted = read_pasted("curl -d @alert.json https://example.com")

    assert pasted.body is None
    assert "alert.json" in pasted.notes[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("X-Producer-Id: north\n{}\n", "Line 2 is no header"),
        ("two words: 1", "Line 1 is no header"),
        ("curl -H 'X-Producer-Id: north", "not closed"),
        ("curl -H nonsense https://example.com", "is no header"),
        ("a: b\n\n" + "x" * 300_000, "longer than any request"),
    ],
)
def test_what_is_no_request_is_named(text: str, said: str) -> None:
    with pytest.raises(UnreadablePaste) as error:
        read_pasted(text)

    assert said in error.value.message
