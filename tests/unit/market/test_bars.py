from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

import pytest

from market.bars import problems_of
from tests.market.prices import DAY, FIRST_DAY, LATER, new_bar


def test_a_sound_bar_has_no_problem() -> None:
    assert list(problems_of(new_bar(), now=LATER)) == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"open": math.nan}, "open"),
        ({"high": math.inf}, "high"),
        ({"volume": math.nan}, "volume"),
        ({"volume": -1.0}, "volume"),
        ({"low": 0.0}, "low"),
        ({"low": -5.0}, "low"),
        ({"high": 9.9}, "high"),
        ({"low": 10.1}, "low"),
        ({"timeframe": "1w"}, "timeframe"),
        ({"timeframe": "24h"}, "timeframe"),
        ({"opened_at": FIRST_DAY + timedelta(hours=5)}, "opened_at"),
        ({"opened_at": datetime(2020, 1, 1)}, "opened_at"),  # noqa: DTZ001
    ],
)
def test_what_makes_a_bar_unbelievable_is_named(fields: dict[str, Any], field: str) -> None:
    problems = list(problems_of(new_bar(**fields), now=LATER))

    assert field in [name for name, _ in problems]


def test_a_bar_is_closed_from_its_end_on_and_not_before() -> None:
    bar = new_bar()

    assert list(problems_of(bar, now=FIRST_DAY + DAY)) == []
    assert [field for field, _ in problems_of(bar, now=FIRST_DAY + DAY - timedelta(seconds=1))] == [
        "opened_at"
    ]
