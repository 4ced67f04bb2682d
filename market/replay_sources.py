"""Where a replay's recording is from: this project, or a file of somebody's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from market import us_equities
from market.derived_reads import KnownCalendars
from market.feeds.recording_files import digest_of, read_content, recording_in
from market.feeds.replay import Recording
from market.services.history import load_history
from market.services.replay import prepare_replay, prepare_us_equities

# Prepares a replay by its name where there is none yet, and returns what it plays.
Source = Callable[[str, datetime], Recording]


@dataclass(frozen=True, kw_only=True)
class OwnRecording:
    """The daily bars that come with the project."""

    bars_per_second: float

    def __call__(self, name: str, now: datetime) -> Recording:
        """Prepare the replay of this name and return what it plays."""
        feed = prepare_us_equities(
            name=name, bars_per_second=self.bars_per_second, acting_user=None, now=now
        )
        return us_equities.recording().only(feed.instruments)


@dataclass(frozen=True, kw_only=True)
class FileRecording:
    """The bars of a file; those that close by ``starts_at`` are loaded as history."""

    path: Path
    bars_per_second: float
    starts_at: datetime | None = None

    def __call__(self, name: str, now: datetime) -> Recording:
        """Prepare the replay of this name and return what it plays.

        Raises
        ------
        RecordingUnreadable
            The file is no recording.
        OtherRecording
            The replay of this name plays another one.
        """
        content = read_content(self.path)
        calendar_for = KnownCalendars().calendar_for
        recording = recording_in(content, now=now, calendar_for=calendar_for)
        feed = prepare_replay(
            recording,
            name=name,
            recording_sha256=digest_of(content),
            instruments=recording.instrument_keys,
            starts_at=self.starts_at or recording.sessions[0].opened_at,
            bars_per_second=self.bars_per_second,
            acting_user=None,
            now=now,
        )
        # Loading again adds nothing; what was broken off is finished.
        load_history(recording, until=feed.starts_at, now=now)
        return recording
