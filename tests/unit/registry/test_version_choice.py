"""Which version a policy chooses, and which policy is recommended."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.semver import SemanticVersion
from registry.version_choice import (
    InvalidVersionPolicy,
    Policy,
    Release,
    Rule,
    choose,
    recommend,
)

VERSIONS = st.builds(SemanticVersion, *(st.integers(0, 3),) * 3)


def released(*numbers: str) -> list[Release]:
    """Build releases; one that ends in ``!`` is deprecated."""
    return [
        Release(SemanticVersion.parse(number.rstrip("!")), is_deprecated=number.endswith("!"))
        for number in numbers
    ]


@pytest.mark.parametrize(
    ("policy", "named", "chosen"),
    [
        (None, {}, "2.1.0"),
        ("auto", {}, "2.1.0"),
        ("locked", {"pinned_version": "1.4.0"}, "1.4.0"),
        ("locked", {"pinned_version": "1.5.0"}, None),
        ("range", {"min_version": "1.0.0"}, "2.1.0"),
        ("range", {"min_version": "1.0.0", "max_version": "1.999.0"}, "1.10.0"),
        ("range", {"min_version": "1.4.0", "max_version": "1.4.0"}, "1.4.0"),
        ("range", {"min_version": "3.0.0"}, None),
    ],
)
def test_a_policy_chooses_the_highest_version_that_it_admits(
    policy: str | None, named: dict[str, str], chosen: str | None
) -> None:
    releases = released("1.4.0", "1.10.0", "2.1.0", "1.9.0")

    found = choose(Rule.parse(policy, **named), releases)

    assert (str(found) if found else None) == chosen


def test_a_deprecated_version_gives_way_unless_it_is_all_there_is() -> None:
    assert str(choose(Rule(), released("1.0.0", "2.0.0!"))) == "1.0.0"
    assert str(choose(Rule(), released("1.0.0!", "2.0.0!"))) == "2.0.0"
    locked = Rule.parse("locked", pinned_version="2.0.0")
    assert str(choose(locked, released("1.0.0", "2.0.0!"))) == "2.0.0"


@pytest.mark.parametrize(
    ("policy", "named", "field"),
    [
        ("newest", {}, "policy"),
        ("AUTO", {}, "policy"),
        ("locked", {}, "pinned_version"),
        ("locked", {"pinned_version": ""}, "pinned_version"),
        ("locked", {"pinned_version": "1.0"}, "pinned_version"),
        ("locked", {"pinned_version": "1.0.0", "min_version": "1.0.0"}, "min_version"),
        ("range", {}, "min_version"),
        ("range", {"max_version": "2.0.0"}, "min_version"),
        ("range", {"min_version": "^1.0"}, "min_version"),
        ("range", {"min_version": "2.0.0", "max_version": "1.0.0"}, "max_version"),
        ("auto", {"pinned_version": "1.0.0"}, "pinned_version"),
    ],
)
def test_a_policy_that_makes_no_sense_names_its_field(
    policy: str, named: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidVersionPolicy) as refused:
        Rule.parse(policy, **named)

    assert refused.value.details["field"] == field
    assert refused.value.message.startswith(f"{field}: ")


@given(
    st.lists(st.builds(Release, VERSIONS, st.booleans())),
    VERSIONS,
    st.none() | VERSIONS,
)
def test_what_a_range_chooses_lies_in_it_and_nothing_better_does(
    releases: list[Release], minimum: SemanticVersion, maximum: SemanticVersion | None
) -> None:
    rule = Rule(policy=Policy.RANGE, minimum=minimum, maximum=maximum)

    chosen = choose(rule, releases)

    inside = [r for r in releases if r.version >= minimum and (not maximum or r.version <= maximum)]
    if chosen is None:
        assert inside == []
    else:
        fresh = [r.version for r in inside if not r.is_deprecated]
        assert chosen == max(fresh or [r.version for r in inside])


@pytest.mark.parametrize(
    ("subscribers", "is_risky", "policy"),
    [
        (0, False, "auto"),
        (0, True, "locked"),
        (9, False, "auto"),
        (9, True, "locked"),
        (10, False, "auto"),
        (10, True, "range"),
        (100, False, "auto"),
        (100, True, "range"),
        (101, False, "range"),
        (101, True, "range"),
    ],
)
def test_the_recommendation_is_the_contracts(subscribers: int, is_risky: bool, policy: str) -> None:
    found = recommend(subscribers=subscribers, is_risky=is_risky)

    assert found.policy == policy
    assert str(subscribers) in found.reason
