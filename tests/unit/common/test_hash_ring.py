from collections import Counter

import pytest

from common.hash_ring import VIRTUAL_NODES, Ring

KEYS = [f"INSTRUMENT-{number}" for number in range(3000)]


def owners(ring: Ring) -> dict[str, str]:
    return {key: ring.node_of(key) for key in KEYS}


def test_the_same_nodes_give_the_same_ring_in_whatever_order() -> None:
    assert owners(Ring(["a", "b", "c"])) == owners(Ring(["c", "a", "b"]))


def test_every_node_has_a_fair_share() -> None:
    shares = Counter(owners(Ring(["a", "b", "c", "d"])).values())

    assert VIRTUAL_NODES == 150
    assert all(0.6 < share / (len(KEYS) / 4) < 1.5 for share in shares.values())


def test_who_joins_takes_from_the_others_and_moves_nothing_between_them() -> None:
    before, after = owners(Ring(["a", "b", "c"])), owners(Ring(["a", "b", "c", "d"]))

    moved = {key for key in KEYS if before[key] != after[key]}
    assert {after[key] for key in moved} == {"d"}
    assert 0.1 < len(moved) / len(KEYS) < 0.45


def test_who_leaves_moves_only_its_own_keys() -> None:
    before, after = owners(Ring(["a", "b", "c"])), owners(Ring(["a", "c"]))

    assert {before[key] for key in KEYS if before[key] != after[key]} == {"b"}


def test_a_ring_without_nodes_has_no_answer() -> None:
    with pytest.raises(LookupError):
        Ring([]).node_of("IBM")
