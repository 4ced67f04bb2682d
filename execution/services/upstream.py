"""What the dependencies of a snapshot put out on every bar of a history.

They run first, bar by bar, as they would have in realtime; as whoever asked, who needs the right to
each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings

from common.canonical import digest
from common.errors import ScriptFault
from execution import validation
from execution.sandbox import supervisor
from execution.sandbox.results import SandboxResult
from execution.services.dependencies import DependencySuspended, DependencyUnavailable
from execution.services.history import History
from execution.services.limits import limits_of
from gateway.requests import UpstreamOutputs
from registry import queries as registry_queries
from registry.models import ScriptVersion
from registry.services.dependencies import usable_dependencies
from streams.models import Stream
from streams.watermarks.embedding import Place
from streams.watermarks.rules import tolerances_of

BARS_AT_ONCE = 50
Latest = dict[str, Any] | None


def with_upstreams(history: History, manifest: Mapping[str, Any], *, at: datetime) -> History:
    """Return a history together with what the dependencies of a manifest put out on its bars.

    Raises
    ------
    NoSuchDependency, DependencyNotAccessible
        A dependency is not published, or not for the history's user.
    DependencySuspended, DependencyUnavailable
        One of them does not run at the moment, or failed on every bar.
    """
    needed = usable_dependencies(manifest, user=history.user, at=at)
    if not needed:
        return history
    latest = {version: outputs_of(version, history, at=at) for version in needed}
    streams = {version: _stream_id(version, history) for version in needed}

    def on(bar: int) -> dict[str, UpstreamOutputs]:
        return {
            str(one.script_id): UpstreamOutputs(
                stream_id=streams[one],
                latest=latest[one][bar],
                place=_place(one, history),
                tolerance=tolerances_of(one.manifest),
            )
            for one in needed
        }

    return replace(history, upstreams=[on(bar) for bar in range(len(history))])


def outputs_of(version: ScriptVersion, history: History, *, at: datetime) -> Sequence[Latest]:
    """Return the newest output of a published version on each bar of a history."""
    if version.is_suspended:
        raise DependencySuspended(
            f"This script depends on {version}, which is suspended.",
            suspended=[version.reference],
        )
    own = replace(history, params={}, script_id=str(version.script_id), upstreams=())
    own = with_upstreams(own, version.manifest, at=at)
    results = list(_run_each_bar(version, own))
    if not any(result.status == "ok" for result in results):
        said = results[-1].error.message if results and results[-1].error else "there are no bars"
        raise DependencyUnavailable(
            f"{version} has no output for any bar: {said}.", script_id=str(version.script_id)
        )
    return [_latest(version, result, own, bar) for bar, result in enumerate(results)]


def chunks(bars: Iterable[int], size: int) -> Iterator[list[int]]:
    """Yield numbers of bars, some at a time, in order."""
    waiting = list(bars)
    for start in range(0, len(waiting), size):
        yield waiting[start : start + size]


def _run_each_bar(version: ScriptVersion, history: History) -> Iterator[SandboxResult]:
    source = registry_queries.read_source(version)
    for bars in chunks(range(len(history)), BARS_AT_ONCE):
        yield from supervisor.process_wide_sandbox().run_batch(
            source,
            contexts=[history.context(bar) for bar in bars],
            limits=limits_of(history.user),
            answer_reads=[history.answerer(bar) for bar in bars],
        )


def _latest(version: ScriptVersion, result: SandboxResult, history: History, bar: int) -> Latest:
    if result.status != "ok" or not result.outputs:
        return None
    clock = history.closes_at(bar)
    try:
        [valid] = validation.validate_outputs(
            result.outputs[-1:],
            version.output_schema,
            as_of=clock,
            max_bytes=settings.OUTPUT_MAX_BYTES,
        )
    except ScriptFault:
        return None
    return dict(valid)


def _place(version: ScriptVersion, history: History) -> Place:
    return Place(str(version.script_id), history.instrument_key, history.timeframe, digest({}))


def _stream_id(version: ScriptVersion, history: History) -> int | None:
    stream = Stream.objects.filter(
        script=version.script_id,
        instrument_key=history.instrument_key,
        timeframe=history.timeframe,
        params={},
    ).first()
    return stream.pk if stream else None
