"""The run's clock: it stands at the run's instant, whatever the machine's clock says."""

import datetime
import time


class RunClock:
    """The one instant a run knows."""

    def __init__(self) -> None:
        self._instant = datetime.datetime.fromtimestamp(0, tz=datetime.UTC)
        self.timestamp = self._instant.isoformat()

    def set(self, timestamp: str) -> None:
        """Stand still at an ISO instant; one without a zone is UTC."""
        instant = datetime.datetime.fromisoformat(timestamp)
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=datetime.UTC)
        self._instant = instant
        self.timestamp = timestamp

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


# A guest runs one script at a time and then ends, so one clock is enough; the facades hold it.
RUN_CLOCK = RunClock()
