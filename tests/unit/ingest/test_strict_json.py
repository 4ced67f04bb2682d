import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.strict_json import MAX_DEPTH, BodyNotJson, compact_json, parse_json

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | texts
    | st.floats(allow_nan=False).filter(lambda number: abs(number) != float("inf")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_what_python_writes_is_read_as_it_was(value: Any) -> None:
    assert parse_json(json.dumps(value).encode()) == value
    assert parse_json(compact_json(value).encode()) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        value = parse_json(raw)
    except BodyNotJson:
        return
    compact_json(value).encode()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"a": 1,}',
        b'{"a": 1} {}',
        b'{"a": NaN}',
        b"[Infinity]",
        b"[-Infinity]",
        b"[1e999]",
        b"[-1e999]",
        b'{"a": 1, "a": 1}',
        b'{"a": 1, "\\u0061": 2}',
        b'{"deep": [{"a": 1, "b": 2, "a": 3}]}',
        b'{"a": "\\u0000"}',
        b'{"\\u0000": 1}',
        b'["x", ["\\u0000"]]',
        b'["\\ud800"]',
        b'["\\udc00\\ud800"]',
        b'{"\\udfff": 1}',
        b'["\xff"]',
        b'["\xed\xa0\x80"]',
        '\ufeff{"a": 1}'.encode(),
        '{"a": 1}'.encode("utf-16"),
        b"[" + b"9" * 5000 + b"]",
        b"[" * 20_000,
        b"[" * 20_000 + b"]" * 20_000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b'["\n"]',
    ],
)
def test_what_two_programs_could_read_differently_is_refused(raw: bytes) -> None:
    with pytest.raises(BodyNotJson):
        parse_json(raw)


def test_an_escaped_backslash_before_u0000_is_text() -> None:
    assert parse_json(b'["\\\\u0000"]') == ["\\u0000"]


def test_a_whole_surrogate_pair_is_a_character() -> None:
    assert parse_json(b'["\\ud83d\\ude00"]') == ["\U0001f600"]


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_nesting_ends_at_its_limit(opening: str, closing: str) -> None:
    def nested(depth: int) -> bytes:
        return (opening * depth + "1" + closing * depth).encode()

    parse_json(nested(MAX_DEPTH))
    with pytest.raises(BodyNotJson, match="nests deeper"):
        parse_json(nested(MAX_DEPTH + 1))


def test_the_refusal_does_not_quote_the_body() -> None:
    with pytest.raises(BodyNotJson) as refused:
        parse_json(b'{"canary-key": 1, "canary-key": "canary"}')

    assert "canary" not in refused.value.message
