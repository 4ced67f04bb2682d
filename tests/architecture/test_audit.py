"""Whoever writes rows writes the audit trail, or says here why not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
APPS = ("accounts", "registry", "execution", "streams", "gateway", "ingest", "market", "signalhub")
ELSEWHERE = {"migrations", "sandbox", "demo"}
WRITES = frozenset(
    "save create update delete bulk_create bulk_update get_or_create update_or_create".split()
)
WRITING_FUNCTIONS = frozenset({"insert_all"})
NOT_ROWS = (
    "storage.",
    "pipeline.",
    "content.update",
    "reached.update",
    "runs.update",
    "hashed.",
    "digest.",
)

RECORDERS = {"audit.record", "take_step"}  # the second is the step of a version's life

#: Modules, or functions of them, whose rows are a record themselves or follow from others.
MACHINERY = {
    "accounts/audit.py": "it is the trail",
    "accounts/blacklist.py": "it follows from sign-outs and refreshes; ends are audited",
    "accounts/pages/second_factor.py: _drawn": "it saves a picture, no row",
    "accounts/services/api_keys.py: _note_use": "when a key was last used; nobody decides it",
    "accounts/services/lock_outs.py: forgive": "a try that was right is counted no longer",
    "accounts/services/sessions.py: note_seen": "when a browser was last seen; nobody decides it",
    "accounts/sessions.py": "a browser's session as Django writes it",
    "accounts/idempotency.py": "kept replies repeat what the trail says already",
    "execution/services/alerts.py: _open_or_count": "an alert is its own record, counted",
    "execution/services/alerts.py: _note_problem": "why a mail about an alert did not go out",
    "execution/services/alerts.py: clear": "what was wrong is over by itself; nobody decided it",
    "execution/services/scaling.py": "advice, which is its own record; nothing follows by itself",
    "execution/services/silences.py": "a silence is its own record: when and how it ended",
    "execution/services/dead_letters.py": "what was put aside is a record; decisions are audited",
    "execution/queue.py": "the queue follows from executions",
    "execution/services/claims.py": "a worker's lease of a run, whose row is its record",
    "execution/services/nested.py": "a run that another run needs; its row is its record",
    "execution/services/advancing.py": "runs that a subscription, which is audited, makes due",
    "execution/services/advancing_together.py": "the same, for all plans of a market",
    "execution/services/requests.py": "a run is its own record: who, what, when and its hashes",
    "execution/services/trial_leases.py": "a lease of a trial, whose row is its record",
    "execution/services/evidence_trials.py": "trials for a review, whose evidence is audited",
    "execution/services/positions.py": "a plan follows from subscriptions, which are audited",
    "gateway/contents.py": "what reads were answered with, kept for a time",
    "gateway/reads.py": "the record of reads",
    "ingest/services/failures.py: _count": "how often something was refused, counted",
    "ingest/services/producers.py: reencrypt_secrets": "the same secrets under another key",
    "signalhub/serving/wsgi_pool.py: environ_of": "writes no row",
    "ingest/services/publication.py: stream_of": "a stream follows from an audited producer",
    "market/services/history.py": "prices, loaded by a command",
    "market/services/changed_sources.py": "which bars others are made of follows from what comes",
    "market/services/derived.py": "longer bars follow from shorter ones, which are their record",
    "market/services/hearing.py": "how far bars have come follows from the bars",
    "market/services/keeping.py": "which bars are recorded follows from subscriptions, audited",
    "market/services/rolling.py": "bars follow from ticks, which are their own record",
    "market/services/tick_feeds.py": "where sources stand follows from their ticks",
    "market/services/simulation.py": "instruments of made-up prices, by a command",
    "market/services/upload_work.py": "how far an upload, which is audited, is",
    "market/services/uploads.py: send_lost_uploads": "the queue follows from uploads",
    "market/services/replay.py: advance_replay": "how far the replay is; no person moves it",
    "registry/services/aliases.py": "a copy that follows the current version, which is audited",
    "registry/execution_tokens.py": "single-use tokens; what they admit to is recorded",
    "registry/services/autosaves.py": "what is typed before it is a draft, which is audited",
    "registry/services/evidence.py": "what the machine measured of a source of a known hash",
    "registry/services/history_runs.py": "what a trial, which is a record, came to",
    "registry/services/screening.py": "what the machine found in a source of a known hash",
    "streams/epochs.py: forget_copies": "it is a mark in Redis, no row",
    "streams/common_streams.py": "streams of public numbers, made for whoever asks; which, is said",
    "streams/publishing.py": "outputs, each with the run that made it",
    "streams/deliveries/lapses.py": "what is followed rests and goes on with rights, audited",
    "streams/deliveries/planning.py": "deliveries follow from outputs and audited destinations",
    "streams/deliveries/services/questions.py": "counts questions about audited destinations",
    "streams/deliveries/settling.py": "what came of deliveries, whose rows are their record",
    "streams/retention.py": "streamed prices are kept for a time, streams while they are followed",
    "streams/deliveries/retention.py": "the log is kept for a time",
}


def test_who_writes_rows_writes_the_trail_or_says_why_not() -> None:
    silent = [
        f"{module}: {function}"
        for module, function in _silent_writers()
        if module not in MACHINERY and f"{module}: {function}" not in MACHINERY
    ]

    assert silent == []


def test_every_exception_is_still_one() -> None:
    silent = list(_silent_writers())
    needed = {module for module, _ in silent} | {f"{module}: {name}" for module, name in silent}

    assert sorted(set(MACHINERY) - needed) == []


def _silent_writers() -> Iterator[tuple[str, str]]:
    """Yield the functions that write rows and reach no ``audit.record`` inside their module."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if ELSEWHERE.isdisjoint(path.parts):
                module = path.relative_to(ROOT).as_posix()
                yield from ((module, name) for name in _silent_in(ast.parse(path.read_text())))


def _silent_in(tree: ast.Module) -> Iterator[str]:
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    calls = {name: set(_called(node)) for name, node in functions.items()}
    loud = {name for name, called in calls.items() if called & RECORDERS}
    while True:
        # Who calls a function that records does, and so does what only such functions call.
        louder = {name for name, called in calls.items() if called & loud}
        callers = {
            name: {other for other, called in calls.items() if name in called} for name in calls
        }
        louder |= {name for name, by in callers.items() if by and by <= loud}
        if louder <= loud:
            break
        loud |= louder
    yield from (name for name in functions if name not in loud and any(_writes(calls[name])))


def _called(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def _writes(calls: set[str]) -> Iterator[str]:
    for call in calls:
        owner, _, name = call.rpartition(".")
        on_rows = name in WRITES and owner and not f"{owner}.{name}".startswith(NOT_ROWS)
        if on_rows or call in WRITING_FUNCTIONS:
            yield call
