"""Schedules: five fields of cron, read in a time zone, and the instants that they name.

Knows no plan and no clock. Where clocks are put forward, what was to come in the hour that is left
out comes when that hour is over; where they are put back, what has a fixed hour comes once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from common.errors import InvalidInput

CRON_MAX_LENGTH = 100
FIELDS = ("minute", "hour", "day of month", "month", "day of week")
# What was missed longer ago is not looked for.
LOOK_BACK = timedelta(days=31)
# Names in the database of zones that depend on the machine they are read on.
_NOT_ZONES = frozenset({"localtime", "Factory"})
_ANY_INSTANT = datetime(2026, 1, 1, tzinfo=UTC)


class InvalidSchedule(InvalidInput):
    """A schedule is five fields of cron: minute, hour, day of month, month, day of week."""

    code = "invalid_schedule"


class UnknownTimeZone(InvalidInput):
    """A time zone is named as in the IANA database, such as Europe/London or UTC."""

    code = "unknown_time_zone"


@dataclass(frozen=True, kw_only=True)
class Passed:
    """The latest instant that has come, and how many came before it."""

    latest: datetime
    earlier: int


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Instants by the clocks of a time zone, each a whole minute."""

    cron: str
    zone: str

    @classmethod
    def parse(cls, cron: str, zone: str) -> Schedule:
        """Return the schedule that somebody wrote.

        Raises
        ------
        InvalidSchedule, UnknownTimeZone
            Naming the field of the request, and the one of the five that is wrong.
        """
        if zone not in _zones():
            raise UnknownTimeZone(
                f"zone: {zone[:60]!r} is not in the IANA database; write a name such as "
                "Europe/London, or UTC.",
                field="zone",
            )
        fields = cron.upper().split()
        if len(cron) > CRON_MAX_LENGTH:
            raise _invalid(f"at most {CRON_MAX_LENGTH} characters")
        if len(fields) != len(FIELDS):
            raise _invalid(
                f"{len(fields)} fields instead of five ({', '.join(FIELDS)}), such as "
                "30 9 * * MON-FRI"
            )
        schedule = cls(cron=" ".join(fields), zone=zone)
        schedule._require_readable(fields)
        return schedule

    @classmethod
    def read(cls, text: str) -> Schedule:
        """Return the schedule that was written by ``str``."""
        cron, _, zone = text.rpartition(" ")
        return cls(cron=cron, zone=zone)

    def __str__(self) -> str:
        return f"{self.cron} {self.zone}"

    def coming(self, count: int, *, after: datetime) -> list[datetime]:
        """Return the next instants after another, in UTC; fewer when there are no more."""
        instants = self._after(after)
        return [instant for _, instant in zip(range(count), instants, strict=False)]

    def passed(self, *, after: datetime, until: datetime) -> Passed | None:
        """Return what came after one instant and by another, or None when nothing did."""
        latest, count = None, 0
        for instant in self._after(max(after, until - LOOK_BACK)):
            if instant > until:
                break
            latest, count = instant, count + 1
        return Passed(latest=latest, earlier=count - 1) if latest else None

    def _after(self, start: datetime) -> Iterator[datetime]:
        for instant in CronSim(self.cron, start.astimezone(ZoneInfo(self.zone))):
            found = instant.astimezone(UTC)
            # In an hour that comes twice, the first of the two may lie behind us.
            if found > start:
                yield found

    def _require_readable(self, fields: list[str]) -> None:
        for position, name in enumerate(FIELDS):
            alone = ["*"] * len(FIELDS)
            alone[position] = fields[position]
            if not _is_readable(" ".join(alone)):
                raise _invalid(f"the {name} {fields[position]!r} cannot be read")
        if not _is_readable(self.cron) or not self.coming(1, after=_ANY_INSTANT):
            raise _invalid("there is no such day in any year")


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - _NOT_ZONES)


def _is_readable(cron: str) -> bool:
    try:
        CronSim(cron, _ANY_INSTANT)
    except CronSimError:
        return False
    return True


def _invalid(problem: str) -> InvalidSchedule:
    return InvalidSchedule(f"schedule: {problem}.", field="schedule")
