"""Many people at once: no circle ever closes, no version is published twice, nothing is a 500."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from accounts.audit_verification import first_break
from accounts.models import AuditEvent, User
from common.errors import SignalHubError
from registry import queries, storage
from registry.dependency_graph import DependencyCycle
from registry.models import Dependency, Script, ScriptVersion
from registry.services import publishing
from tests.factories import NOON, as_read, make_approved_version, make_draft, record_evidence
from tests.registry.bulk import approve_versions, make_scripts

pytestmark = pytest.mark.django_db(transaction=True)

SCRIPTS = 5
THREADS = 50
_names = count()


def all_at_once(attempts: Sequence[Callable[[], str]]) -> list[str]:
    """Run attempts in threads that start together; return what each came to."""
    together = Barrier(len(attempts))

    def run(attempt: Callable[[], str]) -> str:
        together.wait()
        try:
            return attempt()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(attempts)) as pool:
        return list(pool.map(run, attempts))


def publication_of(version: ScriptVersion) -> Callable[[], str]:
    def publish() -> str:
        try:
            publishing.publish_version(version, acting_user=version.author, now=NOON)
        except SignalHubError as error:
            return error.code
        return "published"

    return publish


def depth_first_circle(edges: Mapping[uuid.UUID, set[uuid.UUID]]) -> bool:
    """Tell whether some scripts need each other in a circle; in another way than the platform."""
    open_, done = set(), set()

    def visit(node: uuid.UUID) -> bool:
        if node in done:
            return False
        if node in open_:
            return True
        open_.add(node)
        found = any(visit(needed) for needed in edges.get(node, ()))
        open_.discard(node)
        done.add(node)
        return found

    return any(visit(node) for node in list(edges))


def edges_between(scripts: Sequence[Script]) -> dict[uuid.UUID, set[uuid.UUID]]:
    edges: dict[uuid.UUID, set[uuid.UUID]] = {script.pk: set() for script in scripts}
    rows = Dependency.objects.filter(version__script__in=scripts)
    for needing, needed in rows.values_list("version__script", "requires__script"):
        edges[needing].add(needed)
    return edges


WANTED = st.lists(
    st.lists(st.sets(st.integers(0, SCRIPTS - 1), max_size=2), min_size=SCRIPTS, max_size=SCRIPTS),
    min_size=1,
    max_size=2,
)


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rounds=WANTED)
def test_no_circle_ever_closes_however_dependencies_are_edited_and_published_at_once(
    rounds: list[list[set[int]]], ada: User, rita: User
) -> None:
    scripts = make_scripts(ada, SCRIPTS, name=f"Round {next(_names)}")
    outcomes = publish_at_once(approve_versions(scripts, rita))
    assert set(outcomes) == {"published"}

    for number, wanted in enumerate(rounds, start=1):
        manifests = [
            {"depends_on": [f"{scripts[at].pk}@1.0.0" for at in needed if at != mine]}
            for mine, needed in enumerate(wanted)
        ]
        free = [at for at, script in enumerate(scripts) if queries.open_version(script) is None]
        versions = approve_versions(
            [scripts[at] for at in free],
            rita,
            number=f"1.{number}.0",
            manifests=[manifests[at] for at in free],
        )

        outcomes = publish_at_once(versions) if versions else []

        assert set(outcomes) <= {"published", DependencyCycle.code}
        assert not depth_first_circle(edges_between(scripts))
        # A refusal was needed: with its edges there would be a circle.
        for version, outcome in zip(versions, outcomes, strict=True):
            if outcome == DependencyCycle.code:
                assert depth_first_circle(with_edges_of(version, edges_between(scripts)))


def publish_at_once(versions: Sequence[ScriptVersion]) -> list[str]:
    return all_at_once([publication_of(version) for version in versions])


def with_edges_of(
    version: ScriptVersion, edges: Mapping[uuid.UUID, set[uuid.UUID]]
) -> dict[uuid.UUID, set[uuid.UUID]]:
    needed = {uuid.UUID(text.split("@")[0]) for text in version.manifest["depends_on"]}
    return {**edges, version.script_id: edges[version.script_id] | needed}


def test_of_50_publications_of_one_version_one_counts(ada: User, rita: User) -> None:
    version = make_approved_version(ada, rita)
    address = f"/scripts/{version.script_id}/publish"

    def publish() -> str:
        client = APIClient()
        client.force_authenticate(ada)
        return str(client.post(address, {"version": "1.0.0"}, format="json").status_code)

    outcomes = Counter(all_at_once([publish] * THREADS))

    assert outcomes == {"200": 1, "409": THREADS - 1}
    assert AuditEvent.objects.filter(event="version_published").count() == 1
    version.refresh_from_db()
    assert storage.fetch(f"{version.object_key}/script.py") == version.source.encode()
    assert first_break("alpha-desk") is None


def test_50_people_who_write_review_and_publish_one_script_make_distinct_versions(
    ada: User, rita: User
) -> None:
    script = make_draft(ada, name="Busy").script
    published, statuses = [], Counter[int]()
    counting = threading.Lock()

    def ask(user: User, method: str, path: str, body: object) -> int:
        client = APIClient()
        client.force_authenticate(user)
        address = f"/scripts/{script.pk}{path}"
        code: int = getattr(client, method)(address, body, format="json").status_code
        with counting:
            statuses[code] += 1
        return code

    def one_way_through() -> str:
        ask(ada, "patch", "", {"source": f"x = '{uuid.uuid4()}'\n", "release_note": "Mine."})
        ask(ada, "post", "/submit", {})
        version = queries.open_version(script)
        if version is None:
            return "overtaken"
        if version.status == "submitted":
            record_evidence(version)
            ask(rita, "post", "/approve", as_read(version))
        if ask(ada, "post", "/publish", {"version": version.version}) == 200:
            published.append(version.version)
        return "done"

    all_at_once([one_way_through] * THREADS)

    rows = ScriptVersion.objects.released().filter(script=script)
    assert sorted(rows.values_list("version", flat=True)) == sorted(published)
    assert len(set(published)) == len(published) >= 1
    assert set(statuses) <= {200, 409}
    for row in rows:
        assert queries.read_source(row) == row.source
    assert first_break("alpha-desk") is None
