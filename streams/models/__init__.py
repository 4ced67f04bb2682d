"""Streams, their outputs, and searches for leaks."""

from streams.models.leaks import LeakSearch, LeakVerdict
from streams.models.streams import Output, RelayCursor, Stream, new_epoch

__all__ = ["LeakSearch", "LeakVerdict", "Output", "RelayCursor", "Stream", "new_epoch"]
