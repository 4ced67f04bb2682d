"""Work on the operations page: what waits, how runs end, where it is done, how much more fits."""

from __future__ import annotations

from django.conf import settings
from django.db import connection

from execution import liveness
from execution.scheduling.scaling import Action
from execution.services import backlog, drains, isolation, scaling, totals
from execution.services.drains import Worker
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
    duration,
    number,
)
from streams import cache, presence

LONG_WAIT = 5.0
OUTCOMES = """
SELECT status, CASE WHEN status = 'completed' THEN '' ELSE outcome END,
       count(*) FILTER (WHERE finished_at > %(now)s - interval '1 minute'),
       count(*) FILTER (WHERE finished_at > %(now)s - interval '5 minutes'),
       count(*)
FROM execution_execution
WHERE finished_at > %(now)s - interval '1 hour'
GROUP BY 1, 2
ORDER BY 5 DESC, 1, 2
LIMIT 20
"""
TONES = {"completed": GOOD, "failed": BAD, "cancelled": WARN}


def queue_depth(viewer: Viewer) -> Table:
    """Show what waits for a worker, by priority."""
    waiting = backlog.backlog(now=viewer.now)
    rows = [
        Row([Cell(one.name), number(one.count), age(one.oldest_seconds, too_much=_too_long(one))])
        for one in waiting
    ]
    count, oldest = backlog.trials_waiting(now=viewer.now)
    rows.append(Row([Cell("trials of authors and evidence"), number(count), age(oldest)]))
    total = sum(one.count for one in waiting)
    late = backlog.realtime_wait_seconds(waiting) >= LONG_WAIT
    return Table(
        columns=("Priority", "Waiting", "Oldest"),
        rows=rows,
        note=f"{counted(total, 'run waits', 'runs wait')}; workers take the upper rows first.",
        tone=BAD if late else "",
    )


def _too_long(waiting: backlog.Waiting) -> float | None:
    # What nobody watches a clock for may wait.
    return LONG_WAIT if waiting.priority in backlog.REALTIME else None


def outcomes(viewer: Viewer) -> Table:
    """Show how runs ended lately."""
    with connection.cursor() as cursor:
        cursor.execute(OUTCOMES, {"now": viewer.now})
        found = cursor.fetchall()
    rows = [
        Row(
            [
                Cell(outcome.replace("_", " ") or status, tone=TONES.get(status, "")),
                number(minute),
                number(five_minutes),
                number(hour),
            ]
        )
        for status, outcome, minute, five_minutes, hour in found
    ]
    return Table(
        columns=("Outcome", "Last minute", "5 minutes", "1 hour"),
        rows=rows,
        empty="No run has ended in the last hour. Runs begin when a bar closes that somebody is "
        "subscribed to, or when somebody asks for one.",
    )


def machines(viewer: Viewer) -> Table:
    """Show the machines that run scripts: whether their walls stand, and whether they work."""
    reports = isolation.known_reports()
    drained = drains.drained_machines()
    said: dict[str, list[Worker]] = {}
    for worker in drains.workers():
        said.setdefault(worker.machine, []).append(worker)
    moved = liveness.seconds_since_progress()
    ran = totals.by_machine(totals.known())
    names = sorted({*isolation.known_machines(), *said, *drained})
    rows = []
    for name in names:
        own = {key: report for key, report in reports.items() if key.split(" (")[0] == name}
        runs = ran.get(name)
        rows.append(
            Row(
                [
                    Cell(name),
                    _state_of(said.get(name, []), is_drained=name in drained),
                    _movement_of(said.get(name, []), moved),
                    _walls_of(own),
                    number(sum(runs.runs.values()) if runs else 0),
                    number(runs.violations if runs else 0, BAD if runs and runs.violations else ""),
                ],
                [_drain_or_resume(name, is_drained=name in drained)]
                if viewer.operates_platform
                else (),
            )
        )
    return Table(
        columns=("Machine", "Workers", "Moved", "Sandbox", "Runs", "Violations"),
        rows=rows,
        empty="No worker has reported. Start manage.py run_worker; it proves its sandbox first.",
        tone="" if rows else WARN,
    )


def _state_of(workers: list[Worker], *, is_drained: bool) -> Cell:
    states = sorted({worker.state for worker in workers})
    if not states:
        return Cell("not heard of", tone=WARN, small="for two minutes or more")
    tone = WARN if is_drained or states != ["working"] else GOOD
    many = f"{len(workers)} processes" if len(workers) > 1 else f"process {workers[0].process}"
    return Cell(", ".join(states), tone=tone, small=many)


def _movement_of(workers: list[Worker], moved: dict[str, float]) -> Cell:
    # A cluster that stands still is restarted; until it is, and where that does not help, it shows.
    working = [worker for worker in workers if worker.state == "working"]
    known = [
        (moved.get(liveness.name_of(worker.machine, worker.process)), worker.process)
        for worker in working
    ]
    ages = sorted((age, process) for age, process in known if age is not None)
    if not ages:
        return Cell("no sign yet" if working else "nothing due")
    stalled = [process for age, process in ages if age > settings.WATCHDOG_STALL_SECONDS]
    oldest = f"{duration(ages[-1][0])} ago"
    if stalled:
        names = ", ".join(str(process) for process in stalled)
        return Cell(oldest, tone=BAD, small=f"no progress of process {names}")
    return Cell(oldest, tone=GOOD)


def _walls_of(reports: dict[str, dict[str, object]]) -> Cell:
    if not reports:
        return Cell("not proven yet", tone=WARN)
    for report in reports.values():
        if not report["ok"]:
            return Cell("refuses", tone=BAD, small=isolation.explain(report)[:200])
    return Cell("proven", tone=GOOD)


def _drain_or_resume(machine: str, *, is_drained: bool) -> Deed:
    if is_drained:
        return Deed(name="resume-machine", target=machine, label="Resume")
    return Deed(name="drain-machine", target=machine, label="Drain")


def sockets(viewer: Viewer) -> Table:
    """Show how many sockets each live process serves."""
    with cache.connect(settings.REDIS_URL) as client:
        processes = presence.known(client)
    rows = [
        Row(
            [
                Cell(one.name),
                number(one.crowd.sockets),
                number(one.crowd.streams),
                number(one.crowd.followers),
                age(max(0.0, viewer.now.timestamp() - one.heard_at), too_much=15),
            ]
        )
        for one in processes
    ]
    return Table(
        columns=("Process", "Sockets", "Streams", "Subscriptions", "Heard of"),
        rows=rows,
        empty="No process has served a socket in the last minute.",
        note=counted(
            sum(one.crowd.sockets for one in processes), "socket is open.", "sockets are open."
        ),
    )


def advice(viewer: Viewer) -> Table:
    """Show how many workers there should be, and from which readings that follows."""
    found = scaling.current_recommendation(now=viewer.now)
    rows = [
        Row(
            [
                Cell(reading.name.replace("_", " ")),
                number(reading.value, digits=2),
                number(reading.too_much_from, digits=2),
                number(reading.score, WARN if reading.score >= 0.5 else "", digits=2),
            ]
        )
        for reading in found.readings
    ]
    words = {Action.NONE: "Leave it", Action.UP: "Scale up", Action.DOWN: "Scale down"}
    one = found.recommended_pods == 1
    advised = "1 machine is" if one else f"{found.recommended_pods} machines are"
    at_work = "1 works" if found.pods == 1 else f"{found.pods} work"
    note = (
        f"{words[found.action]}: {advised} advised, {at_work}. "
        f"{found.reason} Confidence {found.confidence:.0%}."
    )
    if found.cooldown_seconds_left:
        note += f" The next change may be advised in {duration(found.cooldown_seconds_left)}."
    return Table(
        columns=("Reading", "Now", "Too much from", "Score"),
        rows=rows,
        note=note,
        tone=WARN if found.action is Action.UP else "",
    )


def advice_history(viewer: Viewer) -> Table:
    """Show what was advised before."""
    rows = [
        Row(
            [
                Cell(row.action.replace("_", " "), small=f"{row.at:%Y-%m-%d %H:%M:%S} UTC"),
                number(row.pods),
                number(row.recommended_pods),
                Cell(row.reason),
            ]
        )
        for row in scaling.history()[:10]
    ]
    return Table(
        columns=("Advice", "Machines then", "Advised", "Because"),
        rows=rows,
        empty="No change has been advised yet. manage.py run_watch looks every 15 seconds.",
    )
