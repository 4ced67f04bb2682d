"""Which files are run first: those that take longest, so that no processor waits for the last."""

from __future__ import annotations

import pytest

LONGEST = tuple(
    f"tests/{name}.py"
    for name in """
    hostile/test_hostile_text api/test_schemathesis execution/test_determinism
    execution/test_lookahead sandbox/test_attacks_controls sandbox/test_layers
    streams/test_crowd deliveries/test_process
    """.split()
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move the tests of the longest files to the front, and leave the others as they are."""
    ranks = {name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.nodeid.partition("::")[0], len(ranks)))
