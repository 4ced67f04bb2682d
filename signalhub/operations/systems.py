"""How the breakers stand around the systems of others, to whom which of them is named.

The host of a subscriber's webhook, with its house, says where that subscriber has things sent. So
it is named to those who operate the platform, and to its own house beside its receivers; what an
attempt came to may say more than the host, and is for the platform's operators alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from common import circuit_breakers
from common.breaker_rule import State
from common.circuit_breakers import BreakerState
from signalhub.operations.tables import (
    BAD,
    GOOD,
    WARN,
    Cell,
    Row,
    Table,
    Viewer,
    counted,
    number,
    since,
)
from streams.deliveries import hosts
from streams.deliveries.hosts import ReceiversHost

HOSTS_SHOWN = 30
TONES = {State.CLOSED: GOOD, State.HALF_OPEN: WARN, State.OPEN: BAD}
WORST_FIRST = (State.OPEN, State.HALF_OPEN, State.CLOSED)


def breakers(viewer: Viewer) -> Table:
    """Show how the breakers stand around the systems of others."""
    named, of_receivers = _parted(circuit_breakers.states())
    if viewer.operates_platform:
        of_receivers.sort(key=lambda one: (WORST_FIRST.index(one.state), one.name))
        named += of_receivers[:HOSTS_SHOWN]
        more = len(of_receivers) - HOSTS_SHOWN
    else:
        more = 0
    rows = [_row(one, viewer) for one in named]
    return Table(
        columns=("System", "State", "Since", "Failures, a day", "Last error"),
        rows=rows,
        empty="Nothing of others has been called in the last day.",
        note=f"{counted(more, 'more host', 'more hosts')} of receivers." if more > 0 else "",
        tone=BAD if any(one.state is State.OPEN for one in named) else "",
    )


def own_systems() -> list[BreakerState]:
    """Return how the breakers stand that name no receiver."""
    return _parted(circuit_breakers.states())[0]


def receivers_hosts_by_state() -> Counter[State]:
    """Return how many hosts of receivers are in which state, each counted for every house."""
    return Counter(one.state for one in _parted(circuit_breakers.states())[1])


def hosts_at_rest() -> Sequence[ReceiversHost]:
    """Return the hosts of receivers that are not asked at the moment, or only tried."""
    of_receivers = _parted(circuit_breakers.states())[1]
    resting = (one.name for one in of_receivers if one.state is not State.CLOSED)
    return [host for name in resting if (host := hosts.receivers_host(name)) is not None]


def _parted(
    states: Iterable[BreakerState],
) -> tuple[list[BreakerState], list[BreakerState]]:
    named: list[BreakerState] = []
    of_receivers: list[BreakerState] = []
    for one in states:
        (named if hosts.receivers_host(one.name) is None else of_receivers).append(one)
    return named, of_receivers


def _row(one: BreakerState, viewer: Viewer) -> Row:
    error = one.last_error or "none"
    if one.last_error and hosts.is_delivery(one.name) and not viewer.operates_platform:
        error = "those who operate the platform see it"
    return Row(
        [
            Cell(one.name),
            Cell(one.state.value, tone=TONES[one.state]),
            since(one.since, viewer.now, never="always"),
            number(one.failures, small=_openings(one.openings)),
            Cell(error, small=one.who),
        ]
    )


def _openings(count: int) -> str:
    return f"opened {counted(count, 'time', 'times')}" if count else ""
