"""A request's id is the caller's own where it is harmless, else a new one."""

from __future__ import annotations

import pytest

from common.request_ids import request_id_of


@pytest.mark.parametrize("given", ["a", "A-1._z", "0" * 64])
def test_a_harmless_id_is_kept(given: str) -> None:
    assert request_id_of(given) == given


@pytest.mark.parametrize("given", [None, "", "0" * 65, "a b", "a\n", "é", "a,b", "<b>"])
def test_anything_else_is_replaced(given: str | None) -> None:
    made = {request_id_of(given) for _ in range(3)}

    assert len(made) == 3
    assert given not in made
