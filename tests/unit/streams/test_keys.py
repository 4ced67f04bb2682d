"""Stream keys read back as what they were made from, and plain ones are spelled as agreed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.keys import (
    CommonKey,
    InvalidStreamKey,
    MarketplaceKey,
    ParamNotInKey,
    PersonalKey,
    ProducerKey,
    PublicKey,
    StreamKey,
    UnknownSignalType,
    make,
    parse,
)

text = st.text(st.characters(exclude_categories=()), max_size=12)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | text
    | st.sampled_from(["True", "None", "12", " 12", "1_000", "1e5", "nan", "inf", "[1]", "%31", ""])
)
nested = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
params = st.dictionaries(text, scalars | nested, max_size=4)
keys: st.SearchStrategy[StreamKey] = (
    st.builds(PublicKey, text, text, params)
    | st.builds(CommonKey, text, text, params)
    | st.builds(MarketplaceKey, text, text, text, params)
    | st.builds(PersonalKey, text, text, text, params)
    | st.builds(ProducerKey, text, text, params)
)


@pytest.mark.parametrize(
    ("key", "spelling"),
    [
        (PublicKey("NIFTY50", "price"), "public:NIFTY50:price:default"),
        (CommonKey("AAPL", "rsi", {"period": 14}), "common:AAPL:rsi:period-14"),
        (
            CommonKey("AAPL", "macd", {"slow": 26, "fast": 12, "signal": 9}),
            "common:AAPL:macd:fast-12_signal-9_slow-26",
        ),
        (
            MarketplaceKey("prod-1", "AAPL", "breakout", {"k": 0.5, "strict": True}),
            "marketplace:prod-1:AAPL:breakout:k-0.5_strict-True",
        ),
        (
            PersonalKey("user-456", "signal-789", "BANKNIFTY", {"slow": 26, "fast": 12}),
            "personal:user-456:signal-789:BANKNIFTY:fast-12_slow-26",
        ),
        (ProducerKey("north", "XAUUSD"), "producer:north:XAUUSD:default"),
        (CommonKey("A", "x", {"shift": -5}), "common:A:x:shift--5"),
    ],
)
def test_plain_keys_are_spelled_as_agreed(key: StreamKey, spelling: str) -> None:
    assert make(key) == spelling
    assert parse(spelling) == key


@given(keys)
def test_every_key_reads_back_as_what_it_was_made_from(key: StreamKey) -> None:
    read = parse(make(key))

    assert read == key
    assert _types(read.params) == _types(key.params)


@given(keys)
def test_every_key_can_be_stored_and_sent(key: StreamKey) -> None:
    made = make(key)

    assert made.encode().decode() == made
    assert made.isprintable() or not any(character < " " for character in made)


@given(keys, keys)
def test_different_keys_are_spelled_differently(one: StreamKey, other: StreamKey) -> None:
    assert (make(one) == make(other)) == (one == other and _types(one) == _types(other))


def test_an_id_with_a_colon_cannot_pass_for_somebody_else() -> None:
    forged = PersonalKey("7:abc", "script", "AAPL")

    assert make(forged) == "personal:7%3Aabc:script:AAPL:default"
    assert parse(make(forged)) == forged


def test_params_with_separators_in_their_names_and_values_stay_apart() -> None:
    assert make(CommonKey("A", "x", {"a_b": 1})) == "common:A:x:a%5Fb-1"
    assert make(CommonKey("A", "x", {"a": "1", "b": 1})) == "common:A:x:a-%31_b-1"
    assert make(CommonKey("A", "x", {"mode": "mean-reversion"})) == "common:A:x:mode-mean-reversion"


@pytest.mark.parametrize(
    "malformed",
    [
        "",
        "public",
        "public:AAPL",
        "personal:1:2",
        "public:A:b:default:more",
        "common:A:x:fast",
        "common:A:x:a-1_a-2",
        "common:%FF:x",
    ],
)
def test_malformed_keys_are_refused(malformed: str) -> None:
    with pytest.raises(InvalidStreamKey, match=r"^Invalid stream key format$"):
        parse(malformed)


def test_an_unknown_first_part_is_named_as_such() -> None:
    with pytest.raises(UnknownSignalType, match=r"^Unknown signal type$"):
        parse("secret:AAPL:price")


def test_a_key_without_params_means_none() -> None:
    assert parse("public:AAPL:price") == PublicKey("AAPL", "price")


@pytest.mark.parametrize("value", [float("nan"), {1: 2}, (1, 2), object(), [float("inf")]])
def test_a_param_no_key_can_hold_is_refused_by_name(value: Any) -> None:
    with pytest.raises(ParamNotInKey) as refusal:
        make(CommonKey("A", "x", {"odd": value}))

    assert refusal.value.details["field"] == "params.odd"


def _types(value: Any) -> Any:
    # 1, 1.0 and True are equal in Python and different in a key.
    if isinstance(value, dict):
        return {name: _types(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_types(item) for item in value]
    if isinstance(value, (PublicKey, CommonKey, MarketplaceKey, PersonalKey)):
        return _types(dict(value.params))
    return type(value), str(value)
