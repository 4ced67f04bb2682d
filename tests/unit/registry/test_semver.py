"""Version numbers."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.http.serializers import VERSION, VERSION_OR_EMPTY
from registry.semver import NotASemanticVersion, SemanticVersion, highest, next_free


def test_versions_are_compared_as_numbers_not_as_text() -> None:
    assert SemanticVersion.parse("1.10.0") > SemanticVersion.parse("1.9.3")


GOOD = ("0.0.0", "1.0.0", "0.10.0", "999999.999999.999999")
BAD = ("", "1", "1.0", "v1.0.0", "1.0.0-beta", "01.0.0", "1.0.0\n", "1.0.٣", "1.0.1234567")
PARTS = (
    "0",
    "7",
    "10",
    "999999",
    "00",
    "07",
    "1000000",
    "-1",
    "+1",
    "v1",
    "٣",
    " 1",
    "1\n",
    "",
    "x",
)
# What is three parts of these is often a version, and else almost one.
NEARLY = st.lists(st.sampled_from(PARTS), min_size=1, max_size=4).map(".".join)
NUMBERS = st.tuples(*(st.integers(0, 999_999),) * 3).map(lambda three: ".".join(map(str, three)))


def is_read(text: str) -> bool:
    try:
        SemanticVersion.parse(text)
    except NotASemanticVersion:
        return False
    return True


def is_documented(pattern: str, text: str) -> bool:
    """Tell whether a text fits a pattern of the API's document, where $ is the very end."""
    return re.search(re.sub(r"\$$", r"\\Z", pattern), text) is not None


@pytest.mark.parametrize(("texts", "good"), [(GOOD, True), (BAD, False)])
def test_good_and_bad_versions_are_told_apart_alike(texts: tuple[str, ...], good: bool) -> None:
    assert {is_read(text) for text in texts} == {good}
    assert {is_documented(VERSION, text) for text in texts} == {good}


@given(NEARLY | NUMBERS | st.text(max_size=12))
def test_the_api_documents_as_a_version_what_is_read_as_one(text: str) -> None:
    assert is_documented(VERSION, text) is is_read(text)
    assert is_documented(VERSION_OR_EMPTY, text) is (is_read(text) or text == "")


@pytest.mark.parametrize("text", BAD)
def test_anything_but_three_plain_numbers_is_refused(text: str) -> None:
    with pytest.raises(NotASemanticVersion) as refused:
        SemanticVersion.parse(text)

    assert refused.value.details["field"] == "version"


def test_the_next_free_version_is_the_minor_after_the_highest() -> None:
    assert str(next_free(["1.2.0", "1.10.4", "1.9.9"])) == "1.11.0"


def test_the_first_free_version_is_one() -> None:
    assert str(next_free([])) == "1.0.0"
    assert highest([]) is None
