"""What was stopped, put aside or sent elsewhere, on the operations page."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db import connection
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from accounts.houses import house_of
from accounts.models import User
from accounts.principals import NoTenant, principal_of
from execution.models import DeadLetter, DeadLetterKind
from execution.services import dead_letters, hold_targets, holds, shard_states
from execution.services.shard_states import ShardState
from market.intake_stream import INTAKE_STREAM, depth
from signalhub.operations import systems
from signalhub.operations.tables import (
    BAD,
    GOOD,
    WARN,
    Cell,
    Deed,
    Row,
    Table,
    Viewer,
    age,
    counted,
    number,
    since,
)
from streams.deliveries.hosts import ReceiversHost
from streams.deliveries.services.resending import failed_outputs
from streams.models import Delivery, DeliveryState, Destination

SHOWN = 15
MANY_UNREAD = 100
LONG_UNRECORDED_SECONDS = 30.0  # longer than what a killed consumer had lies in its hands
WITHIN = timedelta(hours=1)
# As an address names the whole platform.
EVERYTHING = "all"
TICKS = """
SELECT f.source, count(*), max(f.last_seen_at),
       coalesce(sum(c.accepted), 0), coalesce(sum(c.other), 0)
FROM market_tickfeed f
LEFT JOIN LATERAL (
    SELECT sum(count) FILTER (WHERE finding = 'accepted') AS accepted,
           sum(count) FILTER (WHERE finding <> 'accepted') AS other
    FROM market_tickcount c
    WHERE c.source = f.source AND c.instrument_key = f.instrument_key AND c.day = %s
) c ON true
GROUP BY f.source ORDER BY 3 DESC LIMIT %s
"""


def standing_holds(viewer: Viewer) -> Table:
    """Show what operators have stopped."""
    found = holds.open_holds(viewer.user).filter(lifted_at=None).order_by("-pk")[:SHOWN]
    rows = [
        Row(
            [
                Cell(str(hold), tone=BAD),
                Cell(hold.reason),
                Cell(hold.placed_by.username),
                since(hold.placed_at, viewer.now),
            ],
            [Deed(name="lift", target=str(hold.pk), label="Lift")],
        )
        for hold in found
    ]
    return Table(
        columns=("Stopped", "Because", "By", "Since"),
        rows=rows,
        empty="Nothing is stopped.",
        note=counted(len(rows), "hold stands.", "holds stand.") if rows else "",
        tone=BAD if rows else "",
        deeds=_stops(viewer.user),
    )


def _stops(user: User) -> list[Deed]:
    if hold_targets.may_hold_anything(user):
        return [Deed(name="stop-everything", target=EVERYTHING, label="Stop everything")]
    try:
        house = principal_of(user).tenant_slug
    except NoTenant:
        return []
    return [Deed(name="stop-house", target=house, label="Stop my house")]


def put_aside(viewer: Viewer) -> Table:
    """Show the dead letters that nobody has decided about."""
    letters = dead_letters.open_to(viewer.user).filter(resolution="").defer("payload")
    rows = [
        Row(
            [
                Cell(
                    str(letter.execution.version) if letter.execution else letter.event,
                    small=letter.get_kind_display(),
                ),
                Cell(letter.reason[:160]),
                number(letter.attempts),
                since(letter.created_at, viewer.now),
            ],
            _letter_deeds(letter, viewer),
        )
        for letter in letters[:SHOWN]
    ]
    return Table(
        columns=("What", "Because", "Attempts", "Since"),
        rows=rows,
        empty="No event and no run has been given up, nor an entry of a feed.",
        tone=WARN if rows else "",
    )


def _letter_deeds(letter: DeadLetter, viewer: Viewer) -> list[Deed]:
    names = ("retry", "discard")
    if letter.kind == DeadLetterKind.ENTRY:
        names = ("send-entry", "discard-entry")
        if not viewer.operates_platform:
            return []
    target = str(letter.pk)
    return [
        Deed(name=name, target=target, label=label)
        for name, label in zip(names, ("Retry", "Discard"), strict=True)
    ]


def deliveries(viewer: Viewer) -> Table:
    """Show what goes to webhooks, mail and chats, by kind."""
    recent = Q(finished_at__gt=viewer.now - WITHIN)
    pending = Q(state=DeliveryState.PENDING)
    found = (
        Delivery.objects.filter(pending | recent)
        .order_by()
        .values("destination__kind")
        .annotate(
            waiting=Count("pk", filter=pending),
            late=Count("pk", filter=pending & Q(tries__gt=0)),
            delivered=Count("pk", filter=Q(state=DeliveryState.DELIVERED)),
            failed=Count("pk", filter=Q(state=DeliveryState.FAILED)),
        )
    )
    rows = [
        Row(
            [
                Cell(row["destination__kind"]),
                number(row["waiting"]),
                number(row["late"], WARN if row["late"] else ""),
                number(row["delivered"]),
                number(row["failed"], BAD if row["failed"] else ""),
            ]
        )
        for row in found.order_by("destination__kind")
    ]
    return Table(
        columns=("To", "Waiting", "Tried before", "Delivered, 1 h", "Failed, 1 h"),
        rows=rows,
        empty="Nothing has been sent elsewhere in the last hour. Subscribers add webhooks, mail "
        "and chats in their account.",
    )


def receivers(viewer: Viewer) -> Table:
    """Show the receivers of the viewer's house to which something does not get through."""
    resting = systems.hosts_at_rest()
    failed = failed_outputs().filter(destination=OuterRef("pk")).order_by().values("destination")
    counted_failed = Subquery(failed.annotate(count=Count("pk")).values("count"))
    found: Iterable[Any] = (  # with a count that the model does not have
        Destination.objects.select_related("owner")
        .annotate(failed=Coalesce(counted_failed, 0), house=house_of("owner"))
        .filter(
            Q(failing_since__isnull=False)
            | Q(disabled_at__isnull=False)
            | Q(failed__gt=0)
            | _at_rest(resting)
        )
        .order_by("-failed", "pk")[:SHOWN]
    )
    rows = [
        Row(
            [
                Cell(one.host or one.get_kind_display(), small=f"of {one.owner.username}"),
                _receivers_state(one, resting),
                number(one.failed),
                since(one.delivered_at, viewer.now),
            ],
            _resend(one),
        )
        for one in found
    ]
    return Table(
        columns=("Receiver", "State", "Failed", "Last success"),
        rows=rows,
        empty="Everything that members of your house have sent somewhere gets there.",
        tone=WARN if rows else "",
    )


def _resend(one: Any) -> Sequence[Deed]:
    if not (one.failed and one.is_open):
        return ()
    return [Deed(name="resend", target=str(one.pk), label="Resend")]


def _at_rest(resting: Collection[ReceiversHost]) -> Q:
    # What is not asked for one house may well be asked for another.
    houses = {one.house for one in resting}
    hosts = {house: [one.host for one in resting if one.house == house] for house in houses}
    return reduce(or_, (Q(house=house, host__in=hosts[house]) for house in houses), Q(pk=None))


def _receivers_state(one: Any, resting: Collection[ReceiversHost]) -> Cell:
    if one.disabled_at:
        return Cell("disabled", tone=BAD, small=one.disabled_reason)
    if ReceiversHost(one.host, one.house) in resting:
        return Cell("not asked", tone=BAD, small="its host failed too often of late")
    return Cell("failing" if one.failing_since else "open", tone=WARN)


def shards(viewer: Viewer) -> Table:
    """Show which process looks after which shards of the market's events, and what lies unread."""
    by_owner: dict[str, list[ShardState]] = {}
    for one in shard_states.shard_states():
        by_owner.setdefault(one.owner, []).append(one)
    rows = [_shards_of(owner, states, viewer) for owner, states in sorted(by_owner.items())]
    note = "Nobody looks after some shards. Is manage.py run_realtime running?"
    return Table(
        columns=("Process", "Shards", "Unread", "In hand", "Last event"),
        rows=rows,
        note=note if "" in by_owner else "",
        tone=BAD if "" in by_owner else "",
    )


def _shards_of(owner: str, states: Sequence[ShardState], viewer: Viewer) -> Row:
    unread = sum(one.unread for one in states)
    events = [one.last_event_at for one in states if one.last_event_at is not None]
    return Row(
        [
            Cell(owner) if owner else Cell("nobody", tone=BAD),
            Cell(", ".join(str(one.shard) for one in states)),
            number(unread, WARN if unread > MANY_UNREAD else ""),
            number(sum(one.in_hand for one in states)),
            since(max(events, default=None), viewer.now),
        ]
    )


def intake(viewer: Viewer) -> Table:
    """Show what feeds have written to Redis and nobody has recorded yet."""
    found = depth()
    late = found.oldest_seconds >= LONG_UNRECORDED_SECONDS
    tone = WARN if late else ""
    row = Row(
        [
            Cell(INTAKE_STREAM),
            number(found.entries, tone),
            number(found.in_hand),
            age(found.oldest_seconds) if found.entries else Cell("none waits"),
        ]
    )
    return Table(
        columns=("Stream", "Waiting", "In hand", "Oldest"),
        rows=[row],
        note="Nobody records what feeds write. Is manage.py run_intake running?" if late else "",
        tone=tone,
    )


def ticks(viewer: Viewer) -> Table:
    """Show the sources of ticks: when each was heard of, and what was wrong with them today."""
    with connection.cursor() as cursor:
        cursor.execute(TICKS, [viewer.now.date(), SHOWN])
        found = cursor.fetchall()
    rows = [
        Row(
            [
                Cell(source),
                number(instruments),
                age((viewer.now - seen_at).total_seconds()),
                number(accepted, GOOD if accepted else ""),
                number(other, WARN if other else ""),
            ]
        )
        for source, instruments, seen_at, accepted, other in found
    ]
    return Table(
        columns=("Source", "Instruments", "Silent for", "Accepted today", "Flagged today"),
        rows=rows,
        empty="No ticks have come yet. They come by the API, a Redis stream or the simulated feed.",
    )
