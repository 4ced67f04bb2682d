"""The benchmark says whether its goals were met, to people, to programs and to the shell."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command

from bench import watermark
from bench.rows import BenchRow

MET = BenchRow(name="met", ratio=1.0, goal=2.0, floor=3.0, value=3.0, unit="ms")
MISSED = BenchRow(name="missed", ratio=3.0, goal=2.0, floor=1.0, value=3.0, unit="ms")


def measured(
    monkeypatch: pytest.MonkeyPatch, *rows: BenchRow, options: tuple[str, ...] = ()
) -> str:
    """Return what the command prints when so much is measured."""
    monkeypatch.setattr(watermark, "rows", lambda: rows)
    said = StringIO()
    try:
        call_command("bench", "watermark", *options, stdout=said)
    except SystemExit as ending:
        said.write(f"exit {ending.code}")
    return said.getvalue()


def test_a_goal_that_is_missed_is_printed_and_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    said = measured(monkeypatch, MET, MISSED).splitlines()

    assert said[0].startswith("ok     met")
    assert said[1].startswith("MISSED missed")
    assert said[2] == "exit 1"


def test_goals_that_are_met_are_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "exit" not in measured(monkeypatch, MET)


def test_programs_are_told_of_each_row_whether_it_is_as_it_should_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = measured(monkeypatch, MET, MISSED, options=("--json",))

    rows, end = json.JSONDecoder().raw_decode(said)
    assert said[end:].strip() == "exit 1"

    assert [(row["name"], row["ok"]) for row in rows] == [("met", True), ("missed", False)]
    assert set(rows[0]) >= {"name", "ratio", "goal", "floor", "value", "unit", "ok"}
