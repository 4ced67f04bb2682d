"""What lies around on the operations page: feeds, calendars and producers."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q, Sum
from django.urls import reverse

from ingest.models import Producer
from market.calendar_use import calendars_in_use
from market.models import ReplayFeed
from signalhub.operations.tables import (
    BAD,
    GOOD,
    WARN,
    Cell,
    Deed,
    Row,
    Table,
    Viewer,
    counted,
    number,
    since,
)

SHOWN = 30


def feeds(viewer: Viewer) -> Table:
    """Show where each replay is, and whether it moves."""
    rows = []
    for feed in ReplayFeed.objects.order_by("name")[:SHOWN]:
        pace = "1 session" if feed.bars_per_second == 1 else f"{feed.bars_per_second:g} sessions"
        rows.append(
            Row(
                [
                    Cell(feed.name, url=reverse("admin:market_replayfeed_change", args=[feed.pk])),
                    _feed_state(feed, viewer),
                    Cell(feed.position, small=feed.progress),
                    Cell(
                        f"{pace} a second",
                        small=counted(len(feed.instruments), "instrument", "instruments"),
                    ),
                    since(feed.updated_at, viewer.now),
                ],
                _feed_deeds(feed) if viewer.operates_platform else (),
            )
        )
    return Table(
        columns=("Feed", "State", "Position", "Pace", "Moved"),
        rows=rows,
        empty="No replay has been prepared. manage.py run_feed starts the one of the demo.",
    )


def _feed_state(feed: ReplayFeed, viewer: Viewer) -> Cell:
    if feed.finished_at is not None:
        return Cell("at its end")
    if feed.paused:
        return Cell("paused", tone=WARN)
    late = timedelta(seconds=5 + 5 / feed.bars_per_second)
    if viewer.now - feed.updated_at > late:
        return Cell("stands still", tone=BAD, small="is manage.py run_feed running?")
    return Cell("playing", tone=GOOD)


def _feed_deeds(feed: ReplayFeed) -> list[Deed]:
    if feed.finished_at is not None:
        return []
    if feed.paused:
        return [Deed(name="resume-feed", target=feed.name, label="Resume")]
    return [Deed(name="pause-feed", target=feed.name, label="Pause")]


def calendars(viewer: Viewer) -> Table:
    """Show until when the holidays of each exchange that has instruments are known."""
    today = viewer.now.date()
    used = calendars_in_use()
    ending = [use for use in used if use.runs_out(today=today)]
    rows = [
        Row(
            [
                Cell(use.exchange),
                number(use.instruments),
                Cell(
                    f"{use.known_until}" if use.known_until else "open at all hours",
                    tone=WARN if use in ending else "",
                ),
            ]
        )
        for use in used[:SHOWN]
    ]
    return Table(
        columns=("Exchange", "Instruments", "Holidays known until"),
        rows=rows,
        empty="No instrument is known yet. manage.py load_prices brings those of the demo.",
        note="Where holidays end, weekdays count as open: bars are then missed that nobody owes."
        if ending
        else "",
        tone=WARN if ending else "",
    )


def producers(viewer: Viewer) -> Table:
    """Show the producers of the viewer's house: when they were seen, what was refused today."""
    today = viewer.now.date()
    found = Producer.objects.annotate(
        refused=Sum("failures__count", filter=Q(failures__day=today))
    ).order_by("-refused", "producer_id")[:SHOWN]
    rows = [
        Row(
            [
                Cell(one.producer_id, url=reverse("admin:ingest_producer_change", args=[one.pk])),
                Cell("enabled", tone=GOOD) if one.enabled else Cell("disabled", tone=WARN),
                since(one.last_seen_at, viewer.now),
                number(one.refused or 0, WARN if one.refused else ""),
            ]
        )
        for one in found
    ]
    return Table(
        columns=("Producer", "State", "Seen", "Refused today"),
        rows=rows,
        empty="Your house has no producer. One is made in the admin, under Ingest.",
    )
