"""A series with marks, a thousand subscriptions, and what leakers do to their copies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from streams.watermarks.detection import Finding, OurField, OurSeries, find_suspects
from streams.watermarks.embedding import Mark, Place, key_of, marked_number
from streams.watermarks.leaks import Leak, LeakedColumn
from streams.watermarks.rules import Tolerance, read_tolerances

Floats = npt.NDArray[np.float64]
SECRET = b"a secret of the tests, long enough to be one"
PLACE = Place("0198c5e0-7a51-7cc2-8a3b-5b0c4a3e2f10", "IBM", "1d", "ab" * 32)
DAYS, FIRST_DAY = 1500, 13_000
DAY_SECONDS = 86_400.0
ALPHA = 1e-6
KEYS = {f"subscription {n}": key_of(SECRET, f"subscription {n}") for n in range(1000)}


class Leaking:
    """Prices with two decimals that may be moved by two cents, and copies of them."""

    def __init__(self, *, absolute: float = 0.02, decimals: int = 2) -> None:
        walk = np.random.default_rng(5).normal(0, 0.8, DAYS)
        self.exact: Floats = np.round(80 + np.cumsum(walk), decimals)
        self.days = FIRST_DAY + np.arange(DAYS)
        (self.tolerance,) = read_tolerances({"value": {"absolute": absolute}})
        self.series = series_of(self.exact, self.days, self.tolerance)

    def copy(self, subscription: str, rows: Sequence[int] | range) -> Floats:
        """Return what a subscription was given on some days."""
        mark = Mark(subscription, key_of(SECRET, subscription), PLACE)
        given = (
            marked_number(
                float(self.exact[row]), self.tolerance, mark.sign("value", int(self.days[row]))
            )
            for row in rows
        )
        return np.array(list(given))

    def search(
        self,
        values: Floats,
        rows: Sequence[int] | range | None,
        *,
        hours_off: float = 0.0,
    ) -> Finding:
        """Search for whose copy the values are, with their days or without times."""
        times: Floats | None = None
        if rows is not None:
            times = np.asarray(self.days[list(rows)] * DAY_SECONDS + hours_off * 3600, float)
        leak = Leak((LeakedColumn("", values),), times)
        return find_suspects(leak, [self.series], KEYS, probability=ALPHA)


def series_of(exact: Floats, days: npt.NDArray[np.int64], tolerance: Tolerance) -> OurSeries:
    """Return exact values as a search compares them."""
    shifts = [tolerance.shift_of(float(number)) for number in exact]
    moves = np.array([float(steps * step) for steps, step in shifts])
    times: Floats = np.asarray(days * DAY_SECONDS, float)
    return OurSeries(PLACE, times, days, (OurField("value", exact, moves),))


def accused(finding: Finding) -> set[str]:
    """Return whom a finding accuses."""
    return {s.subscription_id for s in finding.suspects if s.log10_adjusted <= np.log10(ALPHA)}
