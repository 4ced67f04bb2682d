"""Corrections as they are sent: a list of bars, a reason, and since when it is known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts.models import User
from common.clock import parse_instant
from market.services.bars import BarRefused
from market.services.corrections import Corrected, CorrectionNotUsable, correct_bars
from market.services.intake import bars_from, rows_from
from market.services.roles import require_may_feed

FIELDS = ("bars", "reason", "known_at")


def take_corrections(asked: Mapping[str, Any], *, acting_user: User, now: datetime) -> Corrected:
    """Correct bars as somebody asks for it; without ``known_at`` they are known from now on.

    Raises
    ------
    PlatformOperatorRequired
    TooManyRows, BarRefused, and what ``correct_bars`` raises
        Nothing was corrected.
    """
    require_may_feed(acting_user)
    unknown = sorted(str(name)[:40] for name in asked.keys() - set(FIELDS))
    if unknown:
        raise CorrectionNotUsable(
            f"{unknown[0]}: is no field; the fields are {', '.join(FIELDS)}.", field=unknown[0]
        )
    reason, known_at = asked.get("reason"), asked.get("known_at")
    if not isinstance(reason, str):
        raise CorrectionNotUsable("reason: say why the numbers change.", field="reason")
    return correct_bars(
        bars_from(rows_from(asked.get("bars"), "bars", BarRefused), now=now),
        known_at=_instant(known_at) if known_at is not None else now,
        reason=reason,
        acting_user=acting_user,
        now=now,
    )


def _instant(written: object) -> datetime:
    return parse_instant(written if isinstance(written, str) else "", field="known_at")
