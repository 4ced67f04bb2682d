"""When many outputs become one message, and when nothing is sent at all. Plain rules, no table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Send(StrEnum):
    """What to make of the outputs that wait."""

    ONE_BY_ONE = "one by one"
    DIGEST = "digest"
    LATER = "later"


@dataclass(frozen=True, kw_only=True)
class DigestRule:
    """More than ``above`` messages in some time become one digest every so often; None: never."""

    above: int | None
    within: timedelta
    every: timedelta


@dataclass(frozen=True, kw_only=True)
class QuietHours:
    """The hours of somebody's day in which nothing is sent."""

    begin: time
    end: time
    zone: str


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What to do now, and until when to do nothing more.

    ``in_digest`` says whether what comes next is collected as well.
    """

    send: Send
    in_digest: bool = False
    held_until: datetime | None = None
    reason: str = ""


def decide(
    rule: DigestRule, *, waiting: int, recent: int, in_digest: bool, now: datetime
) -> Decision:
    """Decide about outputs that wait, after so many single messages within the rule's time."""
    if rule.above is None or waiting + (0 if in_digest else recent) <= (
        1 if in_digest else rule.above
    ):
        return Decision(send=Send.ONE_BY_ONE)
    if in_digest:
        # It goes on as long as it was worth it.
        goes_on = waiting > rule.above
        held = now + rule.every if goes_on else None
        return Decision(send=Send.DIGEST, in_digest=goes_on, held_until=held, reason=too_many(rule))
    if recent:
        return Decision(send=Send.LATER, in_digest=True, held_until=now + rule.every)
    return Decision(
        send=Send.DIGEST,
        in_digest=True,
        held_until=now + rule.every,
        reason=f"{waiting} outputs had gathered: {too_many(rule)}",
    )


def too_many(rule: DigestRule) -> str:
    """Return the rule as its reader is told it."""
    return (
        f"more than {rule.above} in {in_words(rule.within)} come as one digest "
        f"every {in_words(rule.every).removeprefix('1 ')}"
    )


def quiet_until(quiet: QuietHours | None, *, now: datetime) -> datetime | None:
    """Return when somebody's quiet hours end; None: it is not quiet."""
    if quiet is None or quiet.begin == quiet.end:
        return None
    here = now.astimezone(ZoneInfo(quiet.zone))
    at = here.time().replace(tzinfo=None)
    over_midnight = quiet.begin > quiet.end
    is_quiet = (
        at >= quiet.begin or at < quiet.end if over_midnight else quiet.begin <= at < quiet.end
    )
    if not is_quiet:
        return None
    day = here.date() + timedelta(days=1 if over_midnight and at >= quiet.begin else 0)
    return datetime.combine(day, quiet.end, tzinfo=here.tzinfo)


def in_words(length: timedelta) -> str:
    """Return a length of time as people say it."""
    seconds = int(length.total_seconds())
    for unit, name in ((3600, "hour"), (60, "minute")):
        if seconds >= unit and seconds % unit == 0:
            count = seconds // unit
            return f"{count} {name}{'' if count == 1 else 's'}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"
