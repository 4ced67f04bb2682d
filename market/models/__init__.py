"""Every model of the app, where Django looks for them."""

from market.models.derived import BarRevision, HeardTimeframe, KeptTimeframe
from market.models.intake import (
    ListedTick,
    TickCount,
    TickFeed,
    TickIdentity,
    Upload,
    UploadKind,
    UploadState,
)
from market.models.prices import (
    FASTEST_PACE,
    SLOWEST_PACE,
    Bar,
    Instrument,
    InstrumentKind,
    ListedBar,
    ReplayFeed,
    Tick,
)
from market.models.rolling import FormingBar

__all__ = [
    "FASTEST_PACE",
    "SLOWEST_PACE",
    "Bar",
    "BarRevision",
    "FormingBar",
    "HeardTimeframe",
    "Instrument",
    "InstrumentKind",
    "KeptTimeframe",
    "ListedBar",
    "ListedTick",
    "ReplayFeed",
    "Tick",
    "TickCount",
    "TickFeed",
    "TickIdentity",
    "Upload",
    "UploadKind",
    "UploadState",
]
