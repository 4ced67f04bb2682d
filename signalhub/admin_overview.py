"""The cards on the admin's first page: what an operator or a reviewer looks at first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import redis
from django.db.models import Q
from django.template.defaultfilters import pluralize
from django.utils.timesince import timesince

from accounts.models import AuditEvent, Role, User
from accounts.principals import NoTenant, has_role, principal_of
from execution.models import Execution, ExecutionStatus
from execution.sandbox.totals import Totals
from execution.scheduling.load_shedding import shares_at
from execution.services import doors, isolation, load, totals
from registry.lifecycle import VersionStatus
from registry.models import ScriptVersion
from signalhub.overview import FeedState, RecentExecutions, current_feed, recent_executions
from streams.models import Output, Stream

FAILURES_WITHIN = timedelta(hours=1)
LONG_QUEUE = 100
HIGH_LOAD = 0.9  # from here on what is paid for is turned away, too
CHANGES_SHOWN = 8


@dataclass(frozen=True, kw_only=True)
class Card:
    """One number with its name, a remark, and where it leads; tone is "", good, warn or bad."""

    title: str
    value: str
    note: str
    tone: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Wall:
    """One layer of a machine's sandbox."""

    name: str
    required: bool
    proven: bool
    detail: str
    # How to get it; empty where it stands.
    remedy: str


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A machine that runs scripts, and what it proved about its sandbox."""

    name: str
    profile: str
    ok: bool
    # Since when it runs nothing because a wall fell; empty where none did.
    quarantined_at: str
    layers: list[Wall]


@dataclass(frozen=True, kw_only=True)
class RunTotals:
    """What the runs of a machine's processes came to since they started."""

    name: str
    runs: int
    errors: int
    timeouts: int
    violations: int
    cpu_seconds: float
    page_faults: int
    calls: int
    bytes_out: int


def cards(
    user: User,
    machines: list[Machine],
    changelists: Mapping[str, str],
    *,
    run_totals: Sequence[RunTotals] = (),
    now: datetime,
) -> list[Card]:
    """Return the cards for somebody; what belongs to tenants is counted for their own.

    Parameters
    ----------
    changelists
        The addresses of the lists that this user may open, by ``app_label.ModelName``.
    """
    executions = recent_executions(now=now)
    return [
        _reviews(user, changelists),
        _failures(user, changelists, now=now),
        _executions(executions, changelists),
        _queue(executions),
        *_load(user),
        _feed(current_feed(now=now), changelists),
        _streams(user, changelists, now=now),
        _sandbox(machines),
        *_violations(run_totals),
    ]


def changes_by(user: User) -> list[AuditEvent]:
    """Return what somebody changed last, newest first."""
    return list(AuditEvent.objects.filter(actor=user)[:CHANGES_SHOWN])


def machines() -> list[Machine]:
    """Return every machine that reported; none when the reports cannot be read."""
    try:
        reports = isolation.known_reports()
    except redis.RedisError:
        return []
    return [_machine(name, report) for name, report in sorted(reports.items())]


def run_totals(user: User) -> list[RunTotals]:
    """Return what each machine's runs came to, then their sum; for operators, if it can be read."""
    if not is_operator(user):
        return []
    try:
        processes = totals.known()
    except redis.RedisError:
        return []
    rows = [_run_totals(name, found) for name, found in totals.by_machine(processes).items()]
    if len(rows) > 1:
        everything = totals.added_up(process.totals for process in processes)
        rows.append(_run_totals("all machines", everything))
    return rows


def _run_totals(name: str, found: Totals) -> RunTotals:
    return RunTotals(
        name=name,
        runs=sum(found.runs.values()),
        errors=found.errors,
        timeouts=found.timeouts,
        violations=found.violations,
        cpu_seconds=found.cpu_ms / 1000,
        page_faults=found.page_faults,
        calls=found.calls,
        bytes_out=found.bytes_out,
    )


def _violations(rows: Sequence[RunTotals]) -> list[Card]:
    if not rows:
        return []
    last = rows[-1]  # the sum, or the only machine
    return [
        Card(
            title="Violations",
            value=f"{last.violations:,}",
            note=f"in {last.runs:,} runs of the processes that run now; {last.timeouts:,} timeouts",
            tone="bad" if last.violations else "good",
        )
    ]


def _reviews(user: User, lists: Mapping[str, str]) -> Card:
    waiting = ScriptVersion.objects.filter(
        _own_tenant(user, "script__tenant"), status=VersionStatus.SUBMITTED
    ).count()
    return Card(
        title="Waiting for review",
        value=str(waiting),
        note="somebody other than the author decides" if waiting else "nothing to decide",
        tone="warn" if waiting else "",
        url=_address(lists, "registry.ScriptVersion", status__exact=VersionStatus.SUBMITTED),
    )


def _failures(user: User, lists: Mapping[str, str], *, now: datetime) -> Card:
    failed = Execution.objects.filter(
        _own_tenant(user, "version__script__tenant"),
        status=ExecutionStatus.FAILED,
        finished_at__gt=now - FAILURES_WITHIN,
    ).count()
    return Card(
        title="Failures, last hour",
        value=str(failed),
        note="each names its line and the fix" if failed else "every execution completed",
        tone="bad" if failed else "",
        url=_address(lists, "execution.Execution", status__exact=ExecutionStatus.FAILED),
    )


def _executions(recent: RecentExecutions, lists: Mapping[str, str]) -> Card:
    note = "none finished in the last minute"
    if recent.success_percent is not None and recent.median_ms is not None:
        note = f"{recent.success_percent:.0f} % completed, median {recent.median_ms:.0f} ms"
    return Card(
        title="Executions a minute",
        value=f"{recent.finished:,}",
        note=note,
        url=_address(lists, "execution.Execution"),
    )


def _queue(recent: RecentExecutions) -> Card:
    long = recent.waiting > LONG_QUEUE
    return Card(
        title="Queue",
        value=f"{recent.waiting:,}",
        note="longer than usual: more workers help" if long else "waiting for a worker",
        tone="warn" if long else "",
    )


def _load(user: User) -> list[Card]:
    if not is_operator(user):
        return []
    present = load.current()
    shed = [f"{share:.0%} of {kind}" for kind, share in shares_at(present.value).items() if share]
    try:
        so_far = sum(doors.total(doors.known(), "shed").values())
    except redis.RedisError:
        so_far = 0
    note = f"turns away {', '.join(shed)}" if shed else "nothing is turned away"
    if so_far:
        note += f"; {so_far:,} so far"
    if shed:
        note = f"{present.cause.replace('_', ' ')}: {note}"
    tone = "bad" if present.value > HIGH_LOAD else "warn" if shed else ""
    return [Card(title="Load", value=f"{present.value:.0%}", note=note, tone=tone)]


def is_operator(user: User) -> bool:
    """Tell whether somebody looks after the platform itself."""
    return user.is_superuser or has_role(user, Role.OPERATOR)


def _feed(feed: FeedState | None, lists: Mapping[str, str]) -> Card:
    url = _address(lists, "market.ReplayFeed")
    if feed is None:
        return Card(title="Feed", value="none", note="no bars arrive", tone="warn", url=url)
    pace = f"{feed.bars_per_second:g} session{pluralize(feed.bars_per_second)} a second"
    states = {"at its end": feed.finished, "paused": feed.paused, "stands still": feed.stalled}
    return Card(
        title="Feed",
        value=f"{feed.session_date:%-d %b %Y}",
        note=next((words for words, is_so in states.items() if is_so), pace),
        tone="warn" if feed.paused or feed.stalled else "",
        url=url,
    )


def _streams(user: User, lists: Mapping[str, str], *, now: datetime) -> Card:
    streams = Stream.objects.filter(_own_tenant(user, "script__tenant"))
    outputs = Output.objects.filter(stream__in=streams).order_by("-pk")
    newest = outputs.values_list("created_at", flat=True).first()
    note = _age(newest, now=now) if newest else "no output yet"
    return Card(
        title="Streams",
        value=f"{streams.count():,}",
        note=note,
        url=_address(lists, "streams.Stream"),
    )


def _age(newest: datetime, *, now: datetime) -> str:
    if now - newest < timedelta(minutes=1):
        return "last output just now"
    return f"last output {timesince(newest, now)} ago"


def _sandbox(machines: list[Machine]) -> Card:
    if not machines:
        return Card(title="Sandbox", value="unknown", note="no worker has reported", tone="warn")
    unproven = [machine.name for machine in machines if not machine.ok]
    if unproven:
        return Card(
            title="Sandbox", value="refuses", note=f"not proven: {', '.join(unproven)}", tone="bad"
        )
    proven = min(sum(layer.proven for layer in machine.layers) for machine in machines)
    return Card(
        title="Sandbox",
        value=f"{proven} walls",
        note=f"proven on {len(machines)} machine{'s' if len(machines) > 1 else ''}",
        tone="good",
    )


def _machine(name: str, report: dict[str, Any]) -> Machine:
    layers = [
        Wall(
            name=layer.replace("_", " "),
            required=found["required"],
            proven=found["proven"],
            detail=found["detail"],
            remedy="" if found["proven"] else found["remedy"],
        )
        for layer, found in report["layers"].items()
    ]
    return Machine(
        name=name,
        profile=report["profile"] or "none",
        ok=report["ok"],
        quarantined_at=report["quarantined_at"] or "",
        layers=layers,
    )


def _own_tenant(user: User, path: str) -> Q:
    if user.is_superuser:
        return Q()
    try:
        return Q(**{path: principal_of(user).tenant_id})
    except NoTenant:
        return Q(pk__in=[])


def _address(lists: Mapping[str, str], model: str, **filters: str) -> str:
    address = lists.get(model, "")
    return f"{address}?{urlencode(filters)}" if address and filters else address
