"""Scripts on the operations page: what fails, what runs, what is silent; of the viewer's house."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.urls import reverse

from execution.models import Execution, ExecutionStatus, Silence
from execution.services import silences
from registry.models import ScriptVersion
from signalhub.operations.tables import (
    BAD,
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

SHOWN = 15
WITHIN = timedelta(hours=1)
# What ends alike in the same line of the same bytes is one trouble, however often.
FINGERPRINTS = """
SELECT version_id, outcome, error->>'code', error->>'line', count(*), max(finished_at),
       (array_agg(error->>'message' ORDER BY finished_at DESC))[1],
       (array_agg(id ORDER BY finished_at DESC))[1]
FROM execution_execution
WHERE finished_at > %s AND status = 'failed'
GROUP BY 1, 2, 3, 4
ORDER BY 5 DESC, 6 DESC
LIMIT %s
"""


def failing(viewer: Viewer) -> Table:
    """Show which scripts failed most in the last hour, by version, error and line."""
    with connection.cursor() as cursor:
        cursor.execute(FINGERPRINTS, [viewer.now - WITHIN, SHOWN])
        found = cursor.fetchall()
    versions = ScriptVersion.objects.select_related("script").in_bulk([row[0] for row in found])
    rows = []
    for version_id, outcome, code, line, count, last_at, message, execution_id in found:
        version = versions.get(version_id)
        if version is None:
            continue
        where = f" in line {line}" if line else ""
        page = reverse("admin:execution_execution_change", args=[execution_id])
        rows.append(
            Row(
                [
                    Cell(str(version), url=_page_of(version)),
                    Cell(
                        f"{(code or outcome).replace('_', ' ')}{where}",
                        tone=BAD,
                        url=page,
                        small=(message or "")[:160],
                    ),
                    number(count),
                    since(last_at, viewer.now),
                ],
                [
                    _replay(str(execution_id)),
                    Deed(name="stop-script", target=str(version.script_id), label="Stop"),
                ],
            )
        )
    return Table(
        columns=("Script", "Error", "Times", "Last"),
        rows=rows,
        empty="No script of your house has failed in the last hour.",
    )


def running(viewer: Viewer) -> Table:
    """Show what runs or waits longest."""
    runs = (
        Execution.objects.filter(
            status__in=[ExecutionStatus.RUNNING, ExecutionStatus.PENDING],
        )
        .select_related("version__script")
        .order_by("-status", "queued_at")[:SHOWN]
    )
    rows = [
        Row(
            [
                Cell(
                    str(run.version),
                    url=reverse("admin:execution_execution_change", args=[run.pk]),
                    small=f"{run.get_kind_display()} on {run.instrument_key} {run.timeframe}",
                ),
                Cell(run.get_status_display(), tone=WARN if run.attempts > 1 else ""),
                number(run.attempts),
                age(_seconds(viewer, run)),
            ],
            [Deed(name="cancel", target=str(run.pk), label="Cancel")],
        )
        for run in runs
    ]
    return Table(
        columns=("Run", "State", "Attempt", "For"),
        rows=rows,
        empty="Nothing of your house runs or waits at this moment.",
    )


def silent(viewer: Viewer) -> Table:
    """Show the streams that should have spoken and did not."""
    found = silences.open_silences()
    rows = [
        Row(
            [
                Cell(
                    str(one.plan.version.script),
                    url=_page_of(one.plan.version),
                    small=f"{one.plan.instrument_key} {one.plan.timeframe}, {_trigger_of(one)}",
                ),
                Cell(one.missing, tone=BAD),
                Cell(f"{one.expected_by:%H:%M:%S} UTC", small=f"{one.expected_by:%Y-%m-%d}"),
                since(one.last_at, viewer.now),
            ]
        )
        for one in found[:SHOWN]
    ]
    return Table(
        columns=("Stream", "Missing", "Should have spoken by", "Spoke last"),
        rows=rows,
        empty="Every stream that somebody is subscribed to has spoken when it was due.",
        note=counted(len(found), "stream is silent.", "streams are silent.") if found else "",
        tone=BAD if found else "",
    )


def _trigger_of(silence: Silence) -> str:
    return f"on {silence.plan.get_trigger_display()}"


def _replay(execution_id: str) -> Deed:
    # It has a page of its own, with what came of it.
    page = reverse("admin:execution_execution_replay", args=[execution_id])
    return Deed(name="replay", target=execution_id, label="Replay", url=page)


def _seconds(viewer: Viewer, run: Execution) -> float:
    began = run.started_at if run.status == ExecutionStatus.RUNNING else run.queued_at
    return max(0.0, (viewer.now - (began or run.created_at)).total_seconds())


def _page_of(version: ScriptVersion) -> str:
    return reverse("admin:registry_scriptversion_change", args=[version.pk])
