"""Version numbers."""

import pytest

from registry.semver import NotASemanticVersion, SemanticVersion, highest, next_free


def test_versions_are_compared_as_numbers_not_as_text() -> None:
    assert SemanticVersion.parse("1.10.0") > SemanticVersion.parse("1.9.3")


@pytest.mark.parametrize(
    "text", ["", "1", "1.0", "v1.0.0", "1.0.0-beta", "01.0.0", "1.0.0\n", "1.0.٣", "1.0.1234567"]
)
def test_anything_but_three_plain_numbers_is_refused(text: str) -> None:
    with pytest.raises(NotASemanticVersion) as refused:
        SemanticVersion.parse(text)

    assert refused.value.details["field"] == "version"


def test_the_next_free_version_is_the_minor_after_the_highest() -> None:
    assert str(next_free(["1.2.0", "1.10.4", "1.9.9"])) == "1.11.0"


def test_the_first_free_version_is_one() -> None:
    assert str(next_free([])) == "1.0.0"
    assert highest([]) is None
