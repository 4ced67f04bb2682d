"""The door for feeds that speak Redis: entries of a stream are recorded, then acknowledged.

One consumer records at a time, because a tick that comes after later ones is in no bar: whoever
follows one that died takes what it had in hand before anything else. An entry that cannot be
recorded is put aside with its reason, by whoever was named for that, and holds up nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol

import redis
import structlog
from django.conf import settings
from django.db import DatabaseError, transaction

from common.errors import SignalHubError
from market.derived_reads import KnownCalendars
from market.intake_entries import Contents, read_entry
from market.intake_lead import Lead
from market.patience import FAULTS
from market.rows import RowProblem
from market.services.bars import record_bars
from market.services.ticks import record_ticks

log = structlog.get_logger(__name__)

INTAKE_STREAM = "market:intake"
GROUP = "intake"
AT_ONCE = 200  # entries of one transaction
BLOCK_MS = 500  # how long a look waits for the next entry
DELIVERIES_MAX = 5  # one that its consumers did not survive so often is a dead letter

PATIENCE_SECONDS = 2.0  # of whoever asks how it stands, or sends an entry again

Entry = tuple[bytes, dict[bytes, bytes]]
NOT_KEPT = "its contents cannot be kept"


class Bury(Protocol):
    """Puts an entry aside for somebody to decide about, once for each id however often."""

    def __call__(
        self, entry_id: str, fields: Mapping[bytes, bytes], *, reason: str, now: datetime
    ) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Depth:
    """What is not recorded yet: how many entries, in hand or not, and since when the oldest is."""

    entries: int
    in_hand: int
    oldest_seconds: float


def depth() -> Depth:
    """Return how much waits on the stream; raises redis.RedisError."""
    with _client() as client, client.pipeline(transaction=True) as pipeline:
        pipeline.time()
        pipeline.xlen(INTAKE_STREAM)
        pipeline.xrange(INTAKE_STREAM, count=1)
        pipeline.xinfo_groups(INTAKE_STREAM)
        (seconds, microseconds), entries, oldest, groups = pipeline.execute(raise_on_error=False)
    since = int(oldest[0][0].partition(b"-")[0]) / 1000 if oldest else None
    now = seconds + microseconds / 1e6
    return Depth(
        entries=entries,
        # Before the first entry there is no stream, and Redis says so with an error.
        in_hand=sum(group["pending"] for group in groups) if isinstance(groups, list) else 0,
        oldest_seconds=0.0 if since is None else max(0.0, now - since),
    )


def send_again(fields: Mapping[str, str]) -> None:
    """Append an entry as it came once before; raises redis.RedisError."""
    with _client() as client:
        client.xadd(INTAKE_STREAM, dict(fields))


def _client() -> Any:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=PATIENCE_SECONDS)


class IntakeStream:
    """One consumer of the stream; it holds nothing that a restart would lose."""

    def __init__(
        self,
        client: redis.Redis,
        *,
        consumer: str,
        bury: Bury,
        block_ms: int = BLOCK_MS,
    ) -> None:
        # Any: the client's types do not say which of its two forms an answer has.
        self._redis: Any = client
        self._consumer = consumer
        self._put_aside = bury
        self._block_ms = block_ms
        self._lead = Lead()

    def step(self, *, clock: Callable[[], datetime]) -> int:
        """Record what is there, or wait a moment for it; return how many entries were done.

        While another consumer records, a step only waits.
        """
        if not self._leads():
            return 0
        self._ensure_group()
        entries = self._in_hand()
        entries = self._survived(entries, now=clock()) if entries else self._next()
        try:
            self._take(entries, now=clock())
        except FAULTS:
            self._excuse(entries)
            raise
        return len(entries)

    def leave(self) -> None:
        """Sign off, unless there are entries that somebody has to take over."""
        found = self._redis.xpending_range(
            INTAKE_STREAM, GROUP, "-", "+", 1, consumername=self._consumer
        )
        if not found:
            self._redis.xgroup_delconsumer(INTAKE_STREAM, GROUP, self._consumer)

    # Each time: a Redis that was emptied has no group either.
    def _ensure_group(self) -> None:
        try:
            self._redis.xgroup_create(INTAKE_STREAM, GROUP, id="0", mkstream=True)
        except redis.ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise

    def _leads(self) -> bool:
        if self._lead.is_held():
            return True
        is_ours = self._lead.take()
        if is_ours:
            log.info("intake_leads")
        # A consumer that was only cut off from its database may still be given entries by the look
        # that it had begun: they are in hand when that look is over.
        time.sleep(self._block_ms / 1000)
        return is_ours

    # What was read and not recorded, by whomever: it is older than all that nobody has read.
    def _in_hand(self) -> list[Entry]:
        oldest = self._redis.xpending_range(INTAKE_STREAM, GROUP, "-", "+", 1)
        if not oldest:
            return []
        # By itself, once consumers were lost over it again: its neighbours are not at fault.
        at_once = AT_ONCE if oldest[0]["times_delivered"] <= 1 else 1
        after = b"0-0"
        entries: list[Entry] = []
        while not entries:
            after, entries, *_ = self._redis.xautoclaim(
                INTAKE_STREAM, GROUP, self._consumer, 0, after, count=at_once
            )
            if after == b"0-0":
                break
        log.warning("intake_takes_over", entries=len(entries))
        return entries

    def _survived(self, entries: Sequence[Entry], *, now: datetime) -> list[Entry]:
        pending = self._redis.xpending_range(
            INTAKE_STREAM, GROUP, entries[0][0], entries[-1][0], len(entries), self._consumer
        )
        often = {each["message_id"] for each in pending if each["times_delivered"] > DELIVERIES_MAX}
        for entry in entries:
            if entry[0] in often:
                self._bury(entry, f"its consumers were lost {DELIVERIES_MAX} times", now=now)
        return [entry for entry in entries if entry[0] not in often]

    def _next(self) -> list[Entry]:
        found = self._redis.xreadgroup(
            GROUP, self._consumer, {INTAKE_STREAM: ">"}, count=AT_ONCE, block=self._block_ms
        )
        return list(found[0][1]) if found else []

    def _take(self, entries: Sequence[Entry], *, now: datetime) -> None:
        if not entries:
            return
        good = self._understood(entries, now=now)
        try:
            _record([contents for _, contents in good], now=now)
        except FAULTS:
            raise
        except (SignalHubError, DatabaseError):
            # One of them is at fault: each by itself.
            self._take_singly(good, now=now)
        else:
            self._acknowledge([entry for entry, _ in good])

    # A bar's calendar is asked of the database.
    def _understood(
        self, entries: Sequence[Entry], *, now: datetime
    ) -> list[tuple[Entry, Contents]]:
        good: list[tuple[Entry, Contents]] = []
        calendar_for = KnownCalendars().calendar_for
        for entry in entries:
            try:
                good.append((entry, read_entry(entry[1], now=now, calendar_for=calendar_for)))
            except RowProblem as error:
                self._bury(entry, str(error), now=now)
        return good

    def _take_singly(self, good: Sequence[tuple[Entry, Contents]], *, now: datetime) -> None:
        for entry, contents in good:
            try:
                _record([contents], now=now)
            except FAULTS:
                raise
            except SignalHubError as error:
                self._bury(entry, f"{error.code}: {error.message}", now=now)
            except DatabaseError as error:
                log.exception("intake_entry_broke", entry=entry[0].decode())
                self._bury(entry, type(error).__name__, now=now)
            else:
                self._acknowledge([entry])

    # An outage is no fault of the entries: they begin anew. Those that are done are not touched.
    def _excuse(self, entries: Sequence[Entry]) -> None:
        ids = [entry_id for entry_id, _ in entries]
        self._redis.xclaim(
            INTAKE_STREAM, GROUP, self._consumer, 0, ids, idle=0, retrycount=0, justid=True
        )

    # Put aside before it is forgotten: whoever dies in between has it put aside once more.
    def _bury(self, entry: Entry, reason: str, *, now: datetime) -> None:
        put_aside = partial(self._put_aside, entry[0].decode(), now=now)
        try:
            put_aside(entry[1], reason=reason)
        except FAULTS:
            raise
        except (DatabaseError, ValueError):
            log.exception("intake_entry_not_kept", entry=entry[0].decode())
            put_aside({}, reason=NOT_KEPT)
        self._acknowledge([entry])

    # After the commit: an entry that is recorded twice meanwhile is a duplicate of itself.
    def _acknowledge(self, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        with self._redis.pipeline(transaction=True) as pipeline:
            self._forget(pipeline, entries)
            pipeline.execute()

    def _forget(self, pipeline: Any, entries: Sequence[Entry]) -> None:
        ids = [entry_id for entry_id, _ in entries]
        pipeline.xack(INTAKE_STREAM, GROUP, *ids)
        pipeline.xdel(INTAKE_STREAM, *ids)


@transaction.atomic
def _record(several: Sequence[Contents], *, now: datetime) -> None:
    record_ticks([tick for contents in several for tick in contents.ticks], now=now)
    record_bars([bar for contents in several for bar in contents.bars], now=now)
