"""Every section of the operations page, each read by itself: one that fails hides no other."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext

import redis
import structlog
from django.db import DatabaseError

from common import row_scope
from common.errors import SignalHubError
from signalhub.operations import elsewhere, kept, scripts, surroundings, systems, work
from signalhub.operations.tables import Section, Source, Viewer

log = structlog.get_logger(__name__)

SOURCES: Sequence[Source] = (
    Source(key="silent", title="Silent streams", read=scripts.silent),
    Source(key="queue", title="Waiting for a worker", read=work.queue_depth, of_the_platform=True),
    Source(key="outcomes", title="How runs ended", read=work.outcomes, of_the_platform=True),
    Source(key="failing", title="Failing scripts, last hour", read=scripts.failing),
    Source(key="running", title="Runs in hand", read=scripts.running),
    Source(key="holds", title="Stopped", read=elsewhere.standing_holds),
    Source(key="put-aside", title="Dead letters", read=elsewhere.put_aside),
    Source(key="machines", title="Machines", read=work.machines, of_the_platform=True),
    Source(key="advice", title="How many workers", read=work.advice, of_the_platform=True),
    Source(key="history", title="Advice so far", read=work.advice_history, of_the_platform=True),
    Source(key="feeds", title="Feeds", read=surroundings.feeds, of_the_platform=True),
    Source(
        key="calendars",
        title="Exchange calendars",
        read=surroundings.calendars,
        of_the_platform=True,
    ),
    Source(key="ticks", title="Ticks", read=elsewhere.ticks, of_the_platform=True),
    Source(key="intake", title="Intake stream", read=elsewhere.intake, of_the_platform=True),
    Source(key="shards", title="Market events", read=elsewhere.shards, of_the_platform=True),
    Source(key="producers", title="Producers", read=surroundings.producers),
    Source(key="sockets", title="Sockets", read=work.sockets, of_the_platform=True),
    Source(
        key="deliveries",
        title="Deliveries elsewhere",
        read=elsewhere.deliveries,
        of_the_platform=True,
    ),
    Source(key="receivers", title="Receivers in trouble", read=elsewhere.receivers),
    Source(
        key="breakers",
        title="Systems of others",
        read=systems.breakers,
        of_the_platform=True,
    ),
)


def read_all(viewer: Viewer, sources: Sequence[Source] = SOURCES) -> list[Section]:
    """Return every section as it can be read at this moment."""
    return [_section(source, viewer) for source in sources]


def _section(source: Source, viewer: Viewer) -> Section:
    if not source.of_the_platform:
        return _read(source, viewer)
    # All that differs between viewers there is whether they operate the platform: what they are
    # offered to do follows from it, and whether hosts of receivers are named to them.
    key = (source.key, viewer.operates_platform)
    return kept.of_this_process.get(key, lambda: _read(source, viewer))


def _read(source: Source, viewer: Viewer) -> Section:
    scope = row_scope.within(row_scope.PLATFORM) if source.of_the_platform else nullcontext()
    try:
        with scope:
            return Section(key=source.key, title=source.title, table=source.read(viewer))
    except redis.RedisError:
        problem = "Redis does not answer, so nobody can say."
    except DatabaseError:
        problem = "PostgreSQL does not answer, so nobody can say."
    except (SignalHubError, OSError) as error:
        problem = str(error)
    log.warning("section_unread", section=source.key, problem=problem)
    return Section(key=source.key, title=source.title, problem=problem)
