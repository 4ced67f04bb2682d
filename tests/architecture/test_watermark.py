"""Outputs leave through ``streams.watermark`` alone: nobody reads exact ones without a reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
APPS = (
    "accounts",
    "common",
    "execution",
    "gateway",
    "ingest",
    "market",
    "registry",
    "signalhub",
    "streams",
)
# What hands out exact values: the rows, the questions that return them, their frames, the results
# of runs. Whoever uses one of these says here why no subscriber of a product reads them there.
EXACT_READS = {
    "Output",
    "latest_output",
    "output_history",
    "outputs_after",
    "last_outputs",
    "require_newest_output",
    "frame_of",
    "frame_body",
    "read_frame",
    "latest_name",
    "FrameReader",
}
READERS_OF_EXACT_OUTPUTS = {
    # The stream itself: written, counted and carried as it is.
    "streams/models/streams.py": "defines it",
    "streams/models/__init__.py": "passes it on",
    "streams/publishing.py": "writes",
    "streams/appending.py": "writes",
    "streams/retention.py": "deletes prices and indicators, which are everybody's, and reads none",
    "streams/frames.py": "spells it for Redis",
    "streams/cache.py": "writes Redis",
    "streams/relay.py": "writes Redis",
    "streams/queries.py": "hands rows to the modules below",
    "streams/reading.py": "hands frames to followers, which pass them through give_frame",
    "streams/hub.py": "hands frames to followers, which pass them through give_frame",
    "streams/feeds.py": "hands frames to followers, which pass them through give_frame",
    "streams/followers.py": "gives them through give_frame",
    # Ways out: through give and its kin.
    "streams/watermark.py": "is the way out",
    "streams/api/views.py": "gives through give_output",
    "streams/deliveries/contents.py": "gives through give",
    "streams/history.py": "gives through give_all",
    "gateway/script_outputs.py": "hands over what the reader gives through give_all",
    "gateway/sources.py": "gives through give_all",
    # Exact for good reasons.
    "streams/admin.py": "for owners and overseers",
    "streams/leak_search.py": "compares; returns no value",
    "signalhub/overview.py": "shows sides and instruments, no number",
    "signalhub/admin_overview.py": "counts",
}
READERS_OF_RESULTS = {
    "execution/services/run_words.py": "writes them",
    "execution/services/evidence_trials.py": "counts them, for the version's review",
    "execution/services/results.py": "gives them through give_all",
    "execution/services/dependencies.py": "hands them to the gateway, which gives through give_all",
    "execution/services/capsules.py": "seals them",
    "execution/services/differences.py": "compares a replay, for owners and overseers",
    "execution/admin/executions.py": "for owners and overseers",
    "execution/admin/trial_charts.py": "for the author and overseers, whose trials they are",
    "signalhub/plot_hints.py": "says where numbers are drawn, and levels that stay",
    "execution/admin/trial_views.py": "for the author and overseers, whose trials they are",
}


def sources() -> Iterator[tuple[str, ast.Module]]:
    for app in APPS:
        for file in sorted((ROOT / app).rglob("*.py")):
            path = str(file.relative_to(ROOT))
            if "/migrations/" not in path and "/sandbox/" not in path:
                yield path, ast.parse(file.read_text())


def names_in(tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "streams":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
    return found


def reads_results(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.Attribute)
        and node.attr == "outputs"
        and isinstance(node.value, ast.Name)
        and node.value.id in ("execution", "row", "source", "recorded", "run", "trial")
        for node in ast.walk(tree)
    )


def test_every_reader_of_exact_outputs_has_a_reason() -> None:
    readers = {path for path, tree in sources() if names_in(tree) & EXACT_READS}

    unexplained = readers - READERS_OF_EXACT_OUTPUTS.keys()
    assert unexplained == set(), "Give outputs through streams.watermark, or say here why not."
    assert (
        READERS_OF_EXACT_OUTPUTS.keys()
        - readers
        - {"streams/models/streams.py", "streams/feeds.py"}
        == set()
    )


def test_every_reader_of_a_runs_results_has_a_reason() -> None:
    readers = {
        path
        for path, tree in sources()
        if path.startswith(("execution/", "signalhub/")) and reads_results(tree)
    }

    assert readers - READERS_OF_RESULTS.keys() == set()


def test_ways_out_call_what_marks() -> None:
    trees = dict(sources())
    gives = {"give", "give_all", "give_frame", "give_output", "given"}

    for path in (
        "streams/followers.py",
        "streams/sessions.py",
        "streams/api/views.py",
        "streams/history.py",
        "gateway/sources.py",
        "execution/services/results.py",
    ):
        called = {
            node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            for node in ast.walk(trees[path])
            if isinstance(node, ast.Call) and isinstance(node.func, (ast.Attribute, ast.Name))
        }
        assert called & gives, path
