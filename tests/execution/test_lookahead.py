"""The look-ahead proof against scripts that look ahead and scripts that do not."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from execution.lookahead.bars import at_other_hours, longer_bars, make_bars
from execution.lookahead.check import LIMITS, check, describe, reason_of
from execution.lookahead.comparison import differences
from execution.lookahead.futures import FUTURES, with_future
from execution.lookahead.statements import Place, Said
from execution.lookahead.worlds import worlds_of_files
from execution.sandbox.jailer import Sandbox
from execution.services.prices import Prices
from tests.execution.lookahead.corpus import AHEAD, CLEAN, SECONDS_TO_CATCH, proof_of


def test_the_corpora_are_large_enough() -> None:
    assert len(AHEAD) >= 45
    assert len(CLEAN) >= 40


@pytest.mark.sandbox
@pytest.mark.parametrize("path", AHEAD, ids=lambda path: path.stem)
def test_a_script_that_looks_ahead_is_caught(
    path: Path, proving_sandbox: Sandbox, two_shares: Prices
) -> None:
    proof = proof_of(path.read_text(), proving_sandbox, two_shares, seconds=SECONDS_TO_CATCH)

    assert proof.verdict == "looks_ahead", reason_of(proof)
    assert proof.counter_example is not None
    told = describe(proof.counter_example)
    assert told["full"] != told["changed"]
    assert told["field"]


@pytest.mark.sandbox
def test_a_script_that_never_runs_is_undecided_and_says_why(
    proving_sandbox: Sandbox, two_shares: Prices
) -> None:
    proof = proof_of("x = 1\nresult = nowhere\n", proving_sandbox, two_shares)

    assert proof.verdict == "undecided"
    assert "line 2: NameError" in reason_of(proof)


@pytest.mark.sandbox
def test_nothing_but_empty_values_of_later_rows_is_undecided(
    proving_sandbox: Sandbox, two_shares: Prices
) -> None:
    source = 'result = float(data["close"].shift(-1).iloc[-1])\n'

    proof = proof_of(source, proving_sandbox, two_shares)

    assert proof.verdict == "undecided"
    assert "line 1" in reason_of(proof)


@pytest.mark.sandbox
def test_a_script_without_end_is_stopped_once(proving_sandbox: Sandbox, two_shares: Prices) -> None:
    worlds = worlds_of_files(two_shares.instruments, two_shares.load, params={})
    limits = replace(LIMITS, cpu_seconds=1, wall_seconds=10)

    proof = check("while True:\n    pass\n", proving_sandbox, worlds, limits=limits, seconds=1.0)

    assert (proof.verdict, proof.runs) == ("undecided", 1)


@pytest.mark.sandbox
@pytest.mark.django_db
def test_the_command_prints_a_line_for_each_file_and_fails_for_one_that_looks_ahead(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.py").write_text(
        'def compute(data, params):\n    return data["close"].shift(-1)\n'
    )
    (tmp_path / "b.py").write_text("result = undefined\n")
    (tmp_path / "c.py").write_text('result = float(data["close"].iloc[-1])\n')
    printed = StringIO()

    with pytest.raises(SystemExit, match="1"):
        call_command("check_lookahead", str(tmp_path), seconds=0.1, stdout=printed)

    ahead, broken, clean = [json.loads(line) for line in printed.getvalue().splitlines()]
    assert ahead["path"] == str(tmp_path / "a.py")
    assert ahead["looks_ahead"] is True
    first = ahead["first_difference"]
    assert (first["field"], first["truncated"], first["line"]) == ("value", None, 2)
    assert isinstance(first["full"], float)
    assert first["bar"].endswith("+00:00")
    assert (broken["looks_ahead"], broken["first_difference"]) == (None, None)
    assert "NameError" in broken["error"]
    assert (clean["looks_ahead"], clean["first_difference"]) == (False, None)


@pytest.mark.sandbox
@pytest.mark.django_db
def test_the_command_succeeds_for_clean_scripts_and_takes_one_instrument(tmp_path: Path) -> None:
    path = tmp_path / "clean.py"
    path.write_text('def compute(data, params):\n    return data["close"].diff()\n')
    printed = StringIO()

    call_command(
        "check_lookahead", str(path), instrument="IBM", seconds=0.1, json=True, stdout=printed
    )

    assert json.loads(printed.getvalue())["looks_ahead"] is False
    with pytest.raises(CommandError, match="NOPE"):
        call_command("check_lookahead", str(path), instrument="NOPE", stdout=StringIO())
    with pytest.raises(CommandError, match="does not exist"):
        call_command("check_lookahead", str(tmp_path / "nowhere"), stdout=StringIO())


# --- rules without a sandbox ----------------------------------------------------------------------


def bars(count: int = 60) -> Any:
    """Return some daily bars with a rising close."""
    close = 100.0 + np.arange(count, dtype=np.float64)
    columns = {"open": close, "high": close + 1, "low": close - 1, "close": close}
    opened = np.arange(count, dtype=np.int64) * 86_400_000_000_000
    return make_bars("1d", opened, columns | {"volume": np.full(count, 1000.0)})


@pytest.mark.parametrize("future", FUTURES)
def test_another_future_keeps_the_past_and_is_as_valid(future: str) -> None:
    known = 25
    changed = with_future(bars().columns, known, future)

    for name, values in bars().columns.items():
        assert (changed[name][:known] == values[:known]).all()
        assert np.isfinite(changed[name]).all()
    assert (changed["close"][known:] != bars().columns["close"][known:]).any()
    assert (changed["low"] > 0).all()
    assert (changed["high"] >= changed["close"]).all()
    assert (changed["low"] <= changed["close"]).all()


def test_longer_bars_add_up_and_close_when_their_day_does() -> None:
    minutes = at_other_hours(bars(540), "1m")
    days = longer_bars(minutes, "1d")

    assert len(days) == 2
    assert days.columns["volume"].tolist() == [270_000.0, 270_000.0]
    assert days.columns["close"].tolist() == [369.0, 639.0]
    assert days.columns["open"].tolist() == [100.0, 370.0]
    assert (days.closes_ns - days.opened_ns == 86_400_000_000_000).all()


def said(values: dict[int, Any], mentions: dict[int, str] | None = None) -> Said:
    words: dict[tuple[str, str], list[int]] = {}
    for bar, word in (mentions or {}).items():
        words.setdefault(("signal", word), []).append(bar)
        words.setdefault(("signal", ""), []).append(bar)
    way = "signal" if mentions else "row"
    places = {Place(bar, way, "value"): value for bar, value in values.items()}
    return Said(values=places, kind=None, mentions=words)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (1.0, 1.0 + 1e-12, True),
        (1.0, 1.0 + 1e-7, False),
        (1.0, 1, True),
        (1.0, None, False),
        (True, 1, False),
        ("BUY", "SELL", False),
        (0.0, 1e-15, True),
    ],
)
def test_values_are_the_same_but_for_the_order_of_a_sum(
    one: Any, other: Any, is_same: bool
) -> None:
    full, changed = said({1: one, 2: 100.0}), said({1: other, 2: 100.0})

    assert (differences(full, changed, until=5, is_missing_told=True) == []) is is_same


def test_only_known_bars_are_compared() -> None:
    full, changed = said({1: 1.0, 2: 2.0}), said({1: 1.0, 2: 3.0})

    assert differences(full, changed, until=2, is_missing_told=True) == []
    assert len(differences(full, changed, until=3, is_missing_told=True)) == 1


def test_a_signal_that_newer_ones_push_out_is_no_difference() -> None:
    full = said({3: "BUY", 5: "BUY"}, {3: "BUY", 5: "BUY"})
    pushed = said({5: "BUY", 9: "BUY"}, {5: "BUY", 9: "BUY"})
    gone = said({5: "BUY"}, {5: "BUY"})

    assert differences(full, pushed, until=6, is_missing_told=True) == []
    assert [d.place.bar for d in differences(full, gone, until=6, is_missing_told=True)] == [3]
