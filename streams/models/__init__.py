"""Streams, their outputs, where they are delivered, and searches for leaks."""

from streams.models.deliveries import (
    AddressQuestion,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Destination,
    DestinationKind,
    Following,
)
from streams.models.leaks import LeakSearch, LeakVerdict
from streams.models.streams import Output, RelayCursor, Stream, new_epoch

__all__ = [
    "AddressQuestion",
    "Delivery",
    "DeliveryKind",
    "DeliveryState",
    "Destination",
    "DestinationKind",
    "Following",
    "LeakSearch",
    "LeakVerdict",
    "Output",
    "RelayCursor",
    "Stream",
    "new_epoch",
]
