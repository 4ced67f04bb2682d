"""The run's clock: it stands at the run's instant, whatever the machine's clock says.

The machine's clock would make a run that is repeated see another time. It is kept out where it
comes from: the constructors that read it are replaced inside of pandas and dateutil, for every path
that leads to them; numpy reads it in C, so words that mean "now" are refused on their way there.
"""

import datetime
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from execution.sandbox.policy import language, messages


class SleepsTooLong(RuntimeError):
    """A script wants to wait longer than a run may."""


class RunClock:
    """The one instant a run knows."""

    def __init__(self) -> None:
        self._instant = datetime.datetime.fromtimestamp(0, tz=datetime.UTC)
        self.timestamp = self._instant.isoformat()
        self._slept_seconds = 0.0

    def set(self, timestamp: str) -> None:
        """Stand still at an ISO instant; one without a zone is UTC."""
        instant = datetime.datetime.fromisoformat(timestamp)
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=datetime.UTC)
        self._instant = instant
        self.timestamp = timestamp
        self._slept_seconds = 0.0

    def seconds(self) -> float:
        """Return the instant in seconds since 1970 UTC."""
        return self._instant.timestamp()

    def nanoseconds(self) -> int:
        """Return the instant in nanoseconds since 1970 UTC."""
        return int(self._instant.timestamp() * 1_000_000) * 1000

    def now(self, tz: datetime.tzinfo | None = None) -> datetime.datetime:
        """Return the instant in a zone, or as a naive UTC datetime as `datetime.now()` would."""
        if tz is None:
            return self._instant.astimezone(datetime.UTC).replace(tzinfo=None)
        return self._instant.astimezone(tz)

    def utcnow(self) -> datetime.datetime:
        """Return the instant as a naive UTC datetime."""
        return self.now()

    def today(self) -> datetime.date:
        """Return the UTC date of the instant."""
        return self.now().date()

    def gmtime(self, seconds: float | None = None) -> time.struct_time:
        """Return the parts of an instant, by default the run's."""
        return time.gmtime(self.seconds() if seconds is None else seconds)

    def strftime(self, text: str, parts: time.struct_time | None = None) -> str:
        """Return an instant as text, by default the run's."""
        return time.strftime(text, parts or self.gmtime())

    def ctime(self, seconds: float | None = None) -> str:
        """Return an instant in the form of C's ctime, by default the run's."""
        return time.asctime(self.gmtime(seconds))

    def sleep(self, seconds: float) -> None:
        """Do as if some time had passed, of which a run has little.

        Raises
        ------
        SleepsTooLong
            All of the run's sleeping together is more than a run may.
        """
        if not seconds >= 0:
            raise ValueError("sleep length must be non-negative")
        self._slept_seconds += seconds
        most = language.SLEEP_SECONDS_MAXIMUM
        if self._slept_seconds > most:
            raise SleepsTooLong(messages.SLEEP.format(most=most))

    # --- the same for pandas --------------------------------------------------------------------

    def stamp_now(self, tz: Any = None) -> pd.Timestamp:
        """Return the instant as `Timestamp.now` would."""
        aware = pd.Timestamp(self._instant).tz_convert("UTC")
        return aware.tz_localize(None) if tz is None else aware.tz_convert(tz)

    def stamp_utcnow(self) -> pd.Timestamp:
        """Return the instant as `Timestamp.utcnow` would."""
        return self.stamp_now("UTC")

    def period_now(self, freq: Any = None) -> pd.Period:
        """Return the period the instant lies in."""
        return pd.Period(self.stamp_now(), freq=freq)


# A guest runs one script at a time and then ends, so one clock is enough; the facades hold it.
RUN_CLOCK = RunClock()

_CLOCK_WORDS = frozenset({"now", "today"})

# Class methods that would read the machine's clock.
CLOCK_METHODS: dict[tuple[type, str], Callable[..., Any]] = {
    (datetime.datetime, "now"): RUN_CLOCK.now,
    (datetime.datetime, "utcnow"): RUN_CLOCK.utcnow,
    (datetime.datetime, "today"): RUN_CLOCK.now,
    (datetime.date, "today"): RUN_CLOCK.today,
    (pd.Timestamp, "now"): RUN_CLOCK.stamp_now,
    (pd.Timestamp, "today"): RUN_CLOCK.stamp_now,
    (pd.Timestamp, "utcnow"): RUN_CLOCK.stamp_utcnow,
    (pd.Period, "now"): RUN_CLOCK.period_now,
}


def stop_the_libraries_clocks() -> None:
    """Have pandas and dateutil read the run's clock wherever they would read the machine's."""
    stamp: Any = pd.Timestamp
    stamp.now = staticmethod(RUN_CLOCK.stamp_now)
    stamp.today = staticmethod(RUN_CLOCK.stamp_now)
    stamp.utcnow = staticmethod(RUN_CLOCK.stamp_utcnow)
    _give_stamps_the_run_clock(stamp)
    _give_dateutil_the_run_day()


def _give_stamps_the_run_clock(stamp: Any) -> None:
    original = stamp.__new__
    if getattr(original, "of_the_run", False):
        return

    def __new__(cls: Any, *arguments: Any, **keywords: Any) -> Any:  # noqa: N807
        if arguments and isinstance(arguments[0], str):
            arguments = (of_the_run(arguments[0], keywords), *arguments[1:])
        return original(cls, *arguments, **keywords)

    __new__.of_the_run = True  # type: ignore[attr-defined]
    stamp.__new__ = __new__


_TIME_OF_DAY = re.compile(r"\s*\d{1,2}:\d\d(:\d\d(\.\d+)?)?\s*([ap]m)?\s*", re.IGNORECASE)


def of_the_run(text: str, keywords: Mapping[str, Any]) -> str:
    """Return text about an instant with the run's clock for what would be the machine's."""
    word = text.strip().lower()
    if word in _CLOCK_WORDS:
        zone = keywords.get("tz")
        return RUN_CLOCK.stamp_now(zone).tz_localize(None).isoformat()
    if _TIME_OF_DAY.fullmatch(text):
        return f"{RUN_CLOCK.today().isoformat()} {word}"
    return text


def is_time_of_day(value: Any) -> bool:
    """Return whether a value is text that says the time and no date."""
    return isinstance(value, str) and _TIME_OF_DAY.fullmatch(value) is not None


def _give_dateutil_the_run_day() -> None:
    # "10:30" means half past ten of today.
    from dateutil.parser import parser  # type: ignore[import-untyped]

    kind: Any = parser
    original = kind.parse
    if getattr(original, "of_the_run", False):
        return

    def parse(self: Any, timestr: Any, default: Any = None, *rest: Any, **keywords: Any) -> Any:
        midnight = RUN_CLOCK.now().replace(hour=0, minute=0, second=0, microsecond=0)
        return original(self, timestr, default or midnight, *rest, **keywords)

    parse.of_the_run = True  # type: ignore[attr-defined]
    kind.parse = parse


def refuse_machine_clock(value: Any) -> None:
    """Refuse text that numpy would replace by the machine's time, alone or inside of a sequence."""
    if isinstance(value, str | bytes):
        word = value.decode("latin-1") if isinstance(value, bytes) else value
        if word.strip().lower() in _CLOCK_WORDS:
            raise ValueError(messages.MACHINE_CLOCK.format(word=word.strip()))
    elif isinstance(value, list | tuple):
        for item in value:
            refuse_machine_clock(item)
    elif isinstance(value, np.ndarray) and value.dtype.kind in "SUO":
        for item in value.ravel().tolist():
            refuse_machine_clock(item)
