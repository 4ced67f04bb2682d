"""Tell when a stream should have spoken and did not, once for each silence, and when it is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.db import connection, transaction

from common import row_scope
from execution.listened import Stream
from execution.listening import Listener
from execution.models import AlertKind, Silence, SilenceEnd
from execution.models.operations import missing_in_words
from execution.scheduling.cadence import Expected
from execution.services import alerts
from registry.models import ScriptVersion
from streams import voices
from streams.models import Stream as OutputStream

LOCK = "signalhub:silences"
MOST_NAMED = 5
_Begun = tuple[Stream, Silence]
log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What one look came to."""

    listened_to: int
    begun: int
    ended: int
    alerts: list[UUID]  # those that are new, for a mail


class SilenceWatch:
    """Looks at every stream, again and again; of several, one leads for as long as it lives."""

    def __init__(self) -> None:
        self._listener = Listener()
        self._leads_through: object | None = None

    @row_scope.for_the_platform
    def look(self, *, now: datetime) -> Heard | None:
        """Raise what is silent now and end what is over; None: another process leads."""
        with transaction.atomic():
            if not self._leads():
                return None
            return _settle(self._listener.expectations(now=now), now=now)

    def _leads(self) -> bool:
        # The lock is the session's through which all is written: without it nothing can be.
        session = connection.connection
        if self._leads_through is session:
            return True
        if not _take_lead():
            return False
        log.info("watch_leads")
        # What another may have seen meanwhile is not known here.
        self._listener, self._leads_through = Listener(), session
        return True


def open_silences() -> list[Silence]:
    """Return what is silent now, the longest first, of what its reader may see."""
    related = Silence.objects.select_related("plan__version__script", "stream")
    return list(related.filter(ended_at=None).order_by("expected_by"))


def _take_lead() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [LOCK])
        return bool(cursor.fetchone()[0])


def _settle(expectations: Sequence[tuple[Stream, Expected | None]], *, now: datetime) -> Heard:
    known = {silence.plan_id: silence for silence in open_silences()}
    # Of a silence that began under an earlier version, the stream goes on under another plan.
    by_stream: dict[int | None, Silence] = {
        s.stream_id: s for s in known.values() if s.stream_id is not None
    }
    going_on: set[UUID] = set()
    begun: list[_Begun] = []
    spoke: set[UUID] = set()
    for stream, due in expectations:
        found = known.get(stream.plan_id) or by_stream.get(stream.stream_id)
        is_late = due is not None and now > due.by
        if found is None:
            if due is not None and is_late:
                begun.append((stream, _silence(stream, due, now=now)))
        elif stream.ran_at is not None and stream.ran_at > found.last_at:
            spoke.add(found.pk)
        elif due is not None and now >= due.at:
            # Its grace may begin anew, by a watch that began to look: it is silent all the same.
            going_on.add(found.pk)
    over = [silence for silence in known.values() if silence.pk not in going_on]
    new = _begin(begun, now=now)
    _end(over, spoke, now=now)
    return Heard(listened_to=len(expectations), begun=len(begun), ended=len(over), alerts=new)


def _silence(stream: Stream, due: Expected, *, now: datetime) -> Silence:
    return Silence(
        plan_id=stream.plan_id,
        stream_id=stream.stream_id,
        cause=due.cause.value,
        expected_by=due.by,
        last_at=stream.last_at,
        noticed_at=now,
    )


def _begin(begun: Sequence[_Begun], *, now: datetime) -> list[UUID]:
    if not begun:
        return []
    Silence.objects.bulk_create([silence for _, silence in begun])
    keys = _keys_of([silence for _, silence in begun])
    new = _alert(begun, now=now)
    said = [(keys[s.stream_id], s) for _, s in begun if s.stream_id in keys]
    log.warning("streams_silent", count=len(begun), streams=[key for key, _ in said][:20])
    told = [(key, silence.expected_by, silence.last_at) for key, silence in said]
    transaction.on_commit(lambda: voices.tell_silences(told))
    return new


def _alert(begun: Sequence[_Begun], *, now: datetime) -> list[UUID]:
    """Raise the alerts of versions, each for all of its streams, and return the new ones."""
    by_version: dict[UUID, list[_Begun]] = {}
    for one in begun:
        by_version.setdefault(one[0].version_id, []).append(one)
    versions = ScriptVersion.objects.select_related("script").in_bulk(list(by_version))
    new: list[UUID] = []
    for pk, streams in by_version.items():
        message = _message(versions[pk].script.name, streams)
        count = len(streams)
        alert = alerts.raise_alert(
            AlertKind.SILENCE, versions[pk], message, now=now, times=count, mails=False
        )
        new += [alert.pk] if alert.count == count else []
    return new


def _message(name: str, begun: Sequence[_Begun]) -> str:
    by = f"{min(silence.expected_by for _, silence in begun):%Y-%m-%d %H:%M:%S} UTC"
    missing = {missing_in_words(silence.cause, stream.trigger): None for stream, silence in begun}
    markets = {f"{stream.instrument_key} {stream.length.name}": None for stream, _ in begun}
    named = ", ".join(list(markets)[:MOST_NAMED])
    why = "; ".join(missing)
    if len(begun) == 1:
        return f"{name} on {named} should have spoken by {by}: {why}."
    more = f" and {len(markets) - MOST_NAMED} more" if len(markets) > MOST_NAMED else ""
    return (
        f"{name} on {len(begun)} streams ({named}{more}) should have spoken, "
        f"the first by {by}: {why}."
    )


def _end(over: Sequence[Silence], spoke: set[UUID], *, now: datetime) -> None:
    if not over:
        return
    for reason in SilenceEnd:
        ended = [s.pk for s in over if (s.pk in spoke) == (reason is SilenceEnd.SPOKE)]
        Silence.objects.filter(pk__in=ended).update(ended_at=now, ended_by=reason)
    still = set(Silence.objects.filter(ended_at=None).values_list("plan__version", flat=True))
    quiet_again = {silence.plan.version_id for silence in over} - still
    alerts.clear(AlertKind.SILENCE, quiet_again, now=now)
    said = [s.stream.key for s in over if s.stream is not None]
    log.info("streams_speak_again", count=len(over), streams=said[:20])
    transaction.on_commit(lambda: voices.tell_silences_over(said, at=now))


def _keys_of(silences: Sequence[Silence]) -> dict[int | None, str]:
    wanted = [s.stream_id for s in silences if s.stream_id is not None]
    return dict(OutputStream.objects.filter(pk__in=wanted).values_list("pk", "key"))
