"""Stream keys: the text under which other systems know a stream of outputs.

Builds and parses the four forms of the contract, and that of a producer's signals. Knows nothing
of who may read a stream: that is never decided from a key.

Parts are joined by ``:``, params by ``_``, a param's name and value by its first ``-``. Whatever
could be mistaken for one of these is percent-escaped, so every key reads back as what it was made
from, and keys of plain names are spelled as they always were.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from common.errors import InvalidInput

NO_PARAMS = "default"
PUBLIC_INDICATORS = ("price", "quote", "ohlc")
# The words that clients of these keys have always been answered with.
MALFORMED = "Invalid stream key format"
UNKNOWN_TYPE = "Unknown signal type"
Params = Mapping[str, Any]


class InvalidStreamKey(InvalidInput):
    """A stream key is its type, such as personal, and its parts, joined by colons."""

    code = "invalid_stream_key"


class UnknownSignalType(InvalidInput):
    """A stream key begins with public, common, marketplace, personal or producer."""

    code = "unknown_signal_type"


class ParamNotInKey(InvalidInput):
    """A param is text, a number, true, false, null, or a list or object of these."""

    code = "param_not_in_key"


@dataclass(frozen=True)
class PublicKey:
    """``public:{instrument}:{indicator}:{params}``: prices and quotes."""

    instrument: str
    indicator: str
    params: Params = field(default_factory=dict)


@dataclass(frozen=True)
class CommonKey:
    """``common:{instrument}:{indicator}:{params}``: a built-in indicator."""

    instrument: str
    indicator: str
    params: Params = field(default_factory=dict)


@dataclass(frozen=True)
class MarketplaceKey:
    """``marketplace:{product_id}:{instrument}:{signal}:{params}``: a product's signal."""

    product_id: str
    instrument: str
    signal: str
    params: Params = field(default_factory=dict)


@dataclass(frozen=True)
class PersonalKey:
    """``personal:{user_id}:{script_id}:{instrument}:{params}``: what a script puts out."""

    user_id: str
    script_id: str
    instrument: str
    params: Params = field(default_factory=dict)


@dataclass(frozen=True)
class ProducerKey:
    """``producer:{producer_id}:{instrument}:{params}``: what a producer sent."""

    producer_id: str
    instrument: str
    params: Params = field(default_factory=dict)


StreamKey = PublicKey | CommonKey | MarketplaceKey | PersonalKey | ProducerKey
_FORMS: dict[str, type[StreamKey]] = {
    "public": PublicKey,
    "common": CommonKey,
    "marketplace": MarketplaceKey,
    "personal": PersonalKey,
    "producer": ProducerKey,
}
_PREFIXES = {form: prefix for prefix, form in _FORMS.items()}
_PARTS = {form: tuple(form.__dataclass_fields__)[:-1] for form in _PREFIXES}


def make(key: StreamKey) -> str:
    """Return a key's text.

    Raises
    ------
    ParamNotInKey
        A param is of a type that no key can hold, or is NaN.
    """
    form = type(key)
    parts = [_escape(getattr(key, name), ":%") for name in _PARTS[form]]
    return ":".join([_PREFIXES[form], *parts, _join_params(key.params)])


def parse(text: str) -> StreamKey:
    """Return what a key was made from; the params may be left out and are then empty.

    Raises
    ------
    InvalidStreamKey, UnknownSignalType
        The text has not the shape of a key, or another first part than the five known ones.
    """
    prefix, *parts = text.split(":")
    if len(parts) < 2:
        raise InvalidStreamKey(MALFORMED, key=text)
    form = _FORMS.get(prefix)
    if form is None:
        raise UnknownSignalType(UNKNOWN_TYPE, key=text)
    named = len(_PARTS[form])
    if len(parts) not in (named, named + 1):
        raise InvalidStreamKey(MALFORMED, key=text)
    try:
        params = _split_params(parts[named]) if len(parts) > named else {}
        fields = dict(zip(_PARTS[form], map(_unescape, parts), strict=False))
        return form(**fields, params=params)
    except UnicodeDecodeError:
        raise InvalidStreamKey(MALFORMED, key=text) from None


def read_params(text: str) -> dict[str, Any]:
    """Return the params that a text spells as a key does; no text means none.

    Raises
    ------
    InvalidStreamKey
        The text is not ``default``, nor names and values such as ``fast-12_slow-26``.
    """
    try:
        return _split_params(text or NO_PARAMS)
    except UnicodeDecodeError:
        raise InvalidStreamKey(MALFORMED, key=text) from None


def _join_params(params: Params) -> str:
    items = (
        f"{_escape(name, ':%_-')}-{_write_value(name, params[name])}" for name in sorted(params)
    )
    return "_".join(items) or NO_PARAMS


def _split_params(text: str) -> dict[str, Any]:
    if text == NO_PARAMS:
        return {}
    params: dict[str, Any] = {}
    for item in text.split("_"):
        escaped_name, dash, value = item.partition("-")
        name = _unescape(escaped_name)
        if not dash or name in params:
            raise InvalidStreamKey(MALFORMED, key=text)
        params[name] = _read_value(value)
    return params


def _write_value(name: str, value: Any) -> str:
    if isinstance(value, str):
        text = _escape(value, ":%_")
        # Text that would read back as something else (a number, True, a list) hides its first
        # character, which leaves plain text plain.
        return text if _read_value(text) == value else _hex(text[0]) + text[1:]
    try:
        if isinstance(value, (list, dict)):
            plain = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
        else:
            plain = str(value)
        text = _escape(plain, ":%_")
        faithful = _read_value(text) == value
    except (TypeError, ValueError, RecursionError):
        faithful = False
    if not faithful:
        raise ParamNotInKey(f"params.{name}: {ParamNotInKey.__doc__}", field=f"params.{name}")
    return text


def _read_value(text: str) -> Any:
    constants = {"True": True, "False": False, "None": None}
    if text in constants:
        return constants[text]
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        # Not asked of integers, which may be too large for a float.
        if kind is int or not math.isnan(number):
            return number
    plain = _unescape(text)
    if text[:1] in ("[", "{"):
        try:
            return json.loads(plain)
        except (ValueError, RecursionError):
            return plain
    return plain


def _escape(text: str, special: str) -> str:
    return "".join(
        _hex(character) if character in special or _is_unsafe(character) else character
        for character in text
    )


def _is_unsafe(character: str) -> bool:
    # Control characters and lone surrogates are refused by PostgreSQL or cannot be encoded at all.
    return character < " " or "\x7f" <= character <= "\x9f" or "\ud800" <= character <= "\udfff"


def _hex(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))


def _unescape(text: str) -> str:
    return unquote(text, errors="surrogatepass")
