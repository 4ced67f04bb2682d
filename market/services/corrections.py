"""Correct recorded bars: the better numbers are read from now on, the old ones as of before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from common.errors import Conflict, InvalidInput, NotFound
from market.bar_rows import StoredBar, stored_bars, supersede_bars
from market.bars import NewBar, in_session
from market.models import Instrument
from market.services.bars import announce_revised, calendars_of, refuse_contradictions
from market.services.derived import Cause, Consequences, derive_bars
from market.services.roles import require_may_feed

CORRECTED_AT_ONCE = 1000  # bars of one call
BARS_IN_TRAIL = 50  # whose numbers the trail repeats; the revisions have those of all
SOURCE = "correction"
REASON_MAX = 500


class NoSuchBar(NotFound):
    """There is no such bar to correct; record it instead."""

    code = "no_such_bar"


class BarIsDerived(Conflict):
    """This bar is made of shorter ones; correct those, and it follows."""

    code = "bar_is_derived"


class CorrectionTooEarly(InvalidInput):
    """A correction cannot have been known before the bar closed or the numbers it replaces came."""

    code = "correction_too_early"


class CorrectionInTheFuture(InvalidInput):
    """A correction cannot be known later than now."""

    code = "correction_in_the_future"


class CorrectionNotUsable(InvalidInput):
    """A correction needs a reason, and a bar once."""

    code = "correction_not_usable"


@dataclass(frozen=True, kw_only=True)
class Corrected:
    """The bars whose numbers changed: those that were sent, and longer ones that hold them."""

    bars: list[NewBar]
    following: list[NewBar]


@transaction.atomic
def correct_bars(
    bars: Sequence[NewBar],
    *,
    known_at: datetime,
    reason: str,
    acting_user: User | None,
    now: datetime,
) -> Corrected:
    """Replace the numbers of recorded bars, and of the longer bars that are made of them.

    A read as of ``known_at`` or later has the new numbers, one as of before the old. What scripts
    computed with the old ones stays as it was. A bar that says so already is left as it is.
    ``acting_user`` is None only for the platform itself.

    Raises
    ------
    PlatformOperatorRequired
        The acting user operates one house at most, and prices are every house's.
    BarRefused, UnknownInstrument
        As for bars that are recorded.
    NoSuchBar, BarIsDerived
        It is not recorded, or is made of shorter ones.
    CorrectionTooEarly, CorrectionInTheFuture, CorrectionNotUsable
        Naming the field.
    """
    if acting_user is not None:
        require_may_feed(acting_user)
    reason = _usable_reason(reason)
    if known_at > now:
        raise CorrectionInTheFuture(field="known_at")
    calendars = calendars_of({bar.instrument_key for bar in bars})
    refuse_contradictions(bars, calendars, now=now)
    _refuse_repetition(bars)
    sent = {bar.key: in_session(bar, calendars[bar.instrument_key]) for bar in bars}
    stored = stored_bars(sorted(sent), lock=True)
    for key, bar in sent.items():
        _refuse(bar, stored.get(key), known_at=known_at)
    changed = [
        bar.known_from(known_at) for key, bar in sent.items() if stored[key].values != bar.values
    ]
    if not changed:
        return Corrected(bars=[], following=[])
    supersede_bars(changed, now=now, source=SOURCE, reason=reason)
    cause = Cause(source=SOURCE, reason=reason, known_at=known_at)
    follows = derive_bars(changed, calendars, now=now, cause=cause)
    _audit(changed, stored, follows, reason=reason, acting_user=acting_user, now=now)
    announce_revised([*changed, *follows.revised])
    return Corrected(bars=changed, following=follows.revised)


def _usable_reason(reason: str) -> str:
    stripped = " ".join(reason.split())
    if not stripped or len(stripped) > REASON_MAX or "\0" in stripped:
        raise CorrectionNotUsable(
            f"reason: say in 1 to {REASON_MAX} characters why the numbers change.", field="reason"
        )
    return stripped


def _refuse_repetition(bars: Sequence[NewBar]) -> None:
    seen = set()
    for row, bar in enumerate(bars, start=1):
        if bar.key in seen:
            raise CorrectionNotUsable(
                f"row {row} ({bar}): it is in the call twice; send it once.", field=f"bars.{row}"
            )
        seen.add(bar.key)
    if not 1 <= len(bars) <= CORRECTED_AT_ONCE:
        raise CorrectionNotUsable(
            f"bars: {len(bars)} are not 1 to {CORRECTED_AT_ONCE}.", field="bars"
        )


def _refuse(bar: NewBar, stored: StoredBar | None, *, known_at: datetime) -> None:
    if stored is None:
        raise NoSuchBar(f"{bar} is not recorded; record it instead of correcting it.")
    if stored.missing is not None:
        raise BarIsDerived(f"{bar} is made of shorter bars; correct those, and it follows.")
    if known_at < stored.known_at:
        raise CorrectionTooEarly(
            f"known_at: {bar} has numbers that became known at {stored.known_at.isoformat()}; "
            "a correction is known from then on or later.",
            field="known_at",
        )


def _audit(
    bars: Sequence[NewBar],
    stored: dict[Any, StoredBar],
    follows: Consequences,
    *,
    reason: str,
    acting_user: User | None,
    now: datetime,
) -> None:
    for key in sorted({bar.instrument_key for bar in bars}):
        mine = [bar for bar in bars if bar.instrument_key == key]
        following = [str(bar) for bar in follows.revised if bar.instrument_key == key]
        audit.record(
            "bars_corrected",
            Instrument(pk=key),
            chain=audit.PLATFORM_CHAIN,
            acting_user=acting_user,
            now=now,
            before={str(bar): list(stored[bar.key].values) for bar in mine[:BARS_IN_TRAIL]},
            after={
                **{str(bar): list(bar.values) for bar in mine[:BARS_IN_TRAIL]},
                "bars": len(mine),
                "following": following[:BARS_IN_TRAIL],
                "known_at": max(bar.known_at for bar in mine if bar.known_at).isoformat(),
            },
            reason=reason,
        )
