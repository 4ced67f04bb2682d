"""Prove that the audit trail is whole: each event follows from the one before, up to the head.

What this can and cannot show: an event that was changed, removed or slipped in shows as long as
whoever did it did not also compute every later hash anew and move the head, which takes the rights
of the database's owner. Against that helps an anchor: where a chain stood, kept outside the
database. ``verify_audit --anchors FILE`` compares with a file of them and adds the present heads;
the same heads go to the log at every verification.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from accounts.audit import GENESIS, content_hash
from accounts.models import AuditEvent, AuditHead

FETCHED_AT_ONCE = 2000  # rows of the server-side cursor; memory stays flat whatever the length
COLUMNS = (
    "position",
    "at",
    "event",
    "actor_name",
    "object_type",
    "object_id",
    "before",
    "after",
    "reason",
    "previous_hash",
    "event_hash",
)


class Link(NamedTuple):
    """A place in a chain: everything up to it is what the hash says."""

    position: int
    event_hash: str


START = Link(0, GENESIS)


@dataclass(frozen=True, kw_only=True)
class Break:
    """Where a chain first does not hold, and why."""

    position: int
    why: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class ChainReport:
    """What the verification of one chain found."""

    chain: str
    events: int
    head: Link
    broken: Break | None

    def as_json(self) -> dict[str, Any]:
        """Return the report as it is printed."""
        return {
            "chain": self.chain,
            "ok": self.broken is None,
            "events": self.events,
            "head": self.head._asdict(),
            "broken": asdict(self.broken) if self.broken else None,
        }


def chains() -> list[str]:
    """Return every chain that has events, or had some."""
    named = AuditEvent.objects.order_by("chain").values_list("chain", flat=True).distinct()
    return sorted({*named, *AuditHead.objects.values_list("chain", flat=True)})


def first_break(chain: str) -> Break | None:
    """Return where a chain first does not hold, or None."""
    return verify_chain(chain).broken


def verify_chain(chain: str, anchors: Iterable[Link] = ()) -> ChainReport:
    """Walk a chain from its first event to its head.

    ``anchors`` are places where it stood at other times. Events that are appended meanwhile do no
    harm: the head is read before the walk, and once more after it.
    """
    expected = {anchor.position: anchor.event_hash for anchor in anchors}
    head = _head(chain)
    reached = START
    for row in _rows(chain):
        broken = _objection(chain, row, after=reached) or _differs(row, expected)
        if broken is None and row["position"] == head.position:
            broken = _not_the_head(row, head)
        if broken is not None:
            return ChainReport(chain=chain, events=reached.position, head=reached, broken=broken)
        reached = Link(row["position"], row["event_hash"])
    broken = _tail(reached, before=head, after=_head(chain), anchors=expected)
    return ChainReport(chain=chain, events=reached.position, head=reached, broken=broken)


def read_anchors(path: Path) -> dict[str, list[Link]]:
    """Return the places that a file of anchors names, by chain; none while there is no file."""
    found: dict[str, list[Link]] = {}
    if path.exists():
        for line in path.read_text().splitlines():
            anchor = json.loads(line)
            link = Link(anchor["position"], anchor["event_hash"])
            found.setdefault(anchor["chain"], []).append(link)
    return found


def add_anchors(path: Path, reports: Iterable[ChainReport], *, now: datetime) -> None:
    """Append where the chains stand now to a file of anchors."""
    with path.open("a") as file:
        for report in reports:
            anchor = {"at": now.isoformat(), "chain": report.chain, **report.head._asdict()}
            file.write(json.dumps(anchor) + "\n")


def _head(chain: str) -> Link:
    row = AuditHead.objects.filter(pk=chain).first()
    return Link(row.position, row.event_hash) if row else START


def _rows(chain: str) -> Iterator[dict[str, Any]]:
    rows = AuditEvent.objects.filter(chain=chain).order_by("position").values(*COLUMNS)
    yield from rows.iterator(chunk_size=FETCHED_AT_ONCE)


def _objection(chain: str, row: dict[str, Any], *, after: Link) -> Break | None:
    position = row["position"]
    if position != after.position + 1:
        return Break(
            position=after.position + 1,
            why="gap",
            detail=f"the event is missing; the next one there is {position}",
        )
    if row["previous_hash"] != after.event_hash:
        return Break(
            position=position, why="link", detail="it does not follow from the event before it"
        )
    content = {name: row[name] for name in COLUMNS if name != "event_hash"}
    if content_hash(chain=chain, **content) != row["event_hash"]:
        return Break(position=position, why="hash", detail="its content was changed")
    return None


def _differs(row: dict[str, Any], anchors: dict[int, str]) -> Break | None:
    if anchors.get(row["position"], row["event_hash"]) == row["event_hash"]:
        return None
    return Break(
        position=row["position"],
        why="anchor",
        detail="it is not what stood here when the anchor was made: the chain was written anew",
    )


def _not_the_head(row: dict[str, Any], head: Link) -> Break | None:
    if row["event_hash"] == head.event_hash:
        return None
    return Break(
        position=head.position, why="head", detail="it is not what the chain's head points to"
    )


def _tail(reached: Link, *, before: Link, after: Link, anchors: dict[int, str]) -> Break | None:
    missing = max([before.position, *anchors])
    if reached.position < missing:
        return Break(
            position=reached.position + 1,
            why="cut",
            detail=f"the chain ends here; it reached {missing}",
        )
    if reached.position > after.position:
        return Break(
            position=after.position + 1,
            why="head",
            detail="events stand beyond the chain's head",
        )
    return None
