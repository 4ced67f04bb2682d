"""Resolution order and circles."""

import pytest

from registry.dependency_graph import DependencyCycle, resolution_order


def test_what_is_needed_comes_before_what_needs_it() -> None:
    order = resolution_order("cross", {"cross": ["slow", "fast"], "slow": ["prices"]})

    assert set(order) == {"slow", "fast", "prices"}
    assert order.index("prices") < order.index("slow")


def test_something_that_needs_nothing_has_an_empty_order() -> None:
    assert resolution_order("rsi", {}) == []


def test_a_shared_dependency_appears_once() -> None:
    order = resolution_order("a", {"a": ["b", "c"], "b": ["d"], "c": ["d"]})

    assert order.count("d") == 1


def test_a_circle_is_told_with_its_path_from_the_target_on() -> None:
    with pytest.raises(DependencyCycle) as refused:
        resolution_order("a", {"a": ["b"], "b": ["c"], "c": ["a"]}, name_of=str.upper)

    assert refused.value.details["path"] == ["A", "B", "C", "A"]
    assert "A → B → C → A" in refused.value.message


def test_something_that_needs_itself_is_a_circle() -> None:
    with pytest.raises(DependencyCycle) as refused:
        resolution_order("a", {"a": ["a"]})

    assert refused.value.details["path"] == ["a", "a"]


def test_a_circle_further_down_is_found_too() -> None:
    with pytest.raises(DependencyCycle) as refused:
        resolution_order("a", {"a": ["b"], "b": ["c"], "c": ["b"]})

    path = refused.value.details["path"]
    assert path[0] == path[-1]
    assert set(path) == {"b", "c"}


def test_a_circle_that_is_not_needed_does_not_matter() -> None:
    assert resolution_order("a", {"a": ["b"], "x": ["y"], "y": ["x"]}) == ["b"]


def test_a_very_long_chain_is_resolved() -> None:
    chain = {number: [number + 1] for number in range(5000)}

    assert resolution_order(0, chain)[0] == 5000
