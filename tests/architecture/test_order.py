"""What is run first has to be there: a name of nothing would move nothing."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from tests.order import LONGEST


def test_the_files_that_are_run_first_are_there() -> None:
    root = Path(settings.BASE_DIR)

    assert [name for name in LONGEST if not (root / name).is_file()] == []
    assert len(set(LONGEST)) == len(LONGEST)
