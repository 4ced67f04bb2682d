"""Bytes as a person can compare them."""

from __future__ import annotations

import pytest

from ingest.visible_bytes import hex_dump, pieces_of


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"a b\n", "a b[\\n\n]"),
        (b"a \r\n\tb ", "a[·][\\r][\\n\n][\\t]b[·]"),
        (b"\xef\xbb\xbf{}", "[\\ufeff]{}"),
        ("a\u00a0b\x07".encode(), "a[\\u00a0]b[\\x07]"),
        (b"\xffa", "\\xffa"),
        (b"  a", "  a"),
        (b"", ""),
    ],
)
def test_what_is_not_seen_has_a_sign(raw: bytes, shown: str) -> None:
    text = "".join(f"[{p.text}]" if p.is_sign else p.text for p in pieces_of(raw))

    assert text == shown


def test_a_dump_has_sixteen_bytes_a_line() -> None:
    assert hex_dump(b"0123456789abcdefg\n").splitlines() == [
        "000000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef",
        "000010  67 0a                                            g.",
    ]


def test_the_middle_of_a_long_dump_is_left_out() -> None:
    lines = hex_dump(bytes(range(256)) * 8).splitlines()

    assert lines[16] == "… 1536 bytes left out …"
    assert lines[17].startswith("000700")
    assert lines[-1].startswith("0007f0")
    assert len(lines) == 33


def test_a_long_run_of_spaces_is_shown_as_it_is() -> None:
    raw = b" " * 200_000 + b"x"  # would take minutes if each space began a search of its own

    assert [piece.text for piece in pieces_of(raw)] == [raw.decode()]
