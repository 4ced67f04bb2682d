"""Read-only questions about scripts and their versions."""

from __future__ import annotations

import uuid
from collections import defaultdict
from typing import Any, NoReturn

import structlog
from django.conf import settings
from django.db.models import F

from common.canonical import sha256
from common.errors import Conflict, NotFound, Unavailable
from registry import dependency_graph, lifecycle, source_cache, storage
from registry.lifecycle import VersionStatus
from registry.manifest import MalformedMeta, meta_document, parse_meta
from registry.models import (
    Dependency,
    Script,
    ScriptVersion,
    VersionPolicy,
)
from registry.models.scripts import ScriptVersionQuerySet
from registry.semver import NotASemanticVersion, SemanticVersion, next_free
from registry.version_choice import Release, Rule, choose

log = structlog.get_logger(__name__)


class NoSuchVersion(NotFound):
    """This script has no such version."""

    code = "no_such_version"


class NoPublishedVersion(Conflict):
    """This script has no published version yet."""

    code = "no_published_version"


class VersionWithdrawn(Conflict):
    """This version was withdrawn and does not run any more."""

    code = "version_withdrawn"


class VersionSuspended(Conflict):
    """This version is suspended and does not run until an operator has looked at it."""

    code = "version_suspended"


class SourceMismatch(Unavailable):
    """The stored source is not the one that was reviewed; an operator has to restore it."""

    code = "source_mismatch"


def read_source(version: ScriptVersion) -> str:
    """Return the source of a version, proven to have the hash that was reviewed.

    A published version's bytes come from this machine's cache or from the object store, and are
    hashed every time. Before publication the row is the only copy.

    Raises
    ------
    SourceMismatch
        The bytes are not those that were reviewed. Nothing must run.
    ObjectStoreDown, ObjectMissing
        There is no cached copy and the store cannot help.
    """
    if not version.is_released:
        return _proven(version.source.encode(), version.source_sha256, where="row").decode()
    expected = version.approved_sha256
    content = source_cache.read(settings.SCRIPT_CACHE_DIR, expected)
    if content is None:
        stored = storage.fetch(f"{version.object_key}/script.py")
        content = _proven(stored, expected, where=version.object_key)
        source_cache.write(settings.SCRIPT_CACHE_DIR, content)
    return content.decode()


def meta_of(version: ScriptVersion) -> dict[str, Any]:
    """Return what ``meta.json`` of a version says, whether it is stored yet or not."""
    return meta_document(
        version.manifest,
        script_id=version.script_id,
        version=version.version,
        owner_id=version.script.owner_id,
        # The time of the last edit, not of a publication: a second attempt stores the same bytes.
        created_at=version.created_at,
        updated_at=version.edited_at,
    )


def require_stored(version: ScriptVersion, *, folder: str) -> None:
    """Raise unless a folder of the store holds exactly a version's source and ``meta.json``."""
    _proven(storage.fetch(f"{folder}/script.py"), version.source_sha256, where=folder)
    _read_meta(version, folder)


def read_meta(version: ScriptVersion) -> dict[str, Any]:
    """Return the stored ``meta.json`` of a published version, proven to say what was published.

    Raises
    ------
    MalformedMeta
        It is no JSON object, or says something else; ``field`` names what.
    ObjectStoreDown, ObjectMissing, ObjectDamaged
        The store cannot help.
    """
    return _read_meta(version, version.object_key)


def versions_of(script: Script) -> ScriptVersionQuerySet:
    """Return the versions of a script, newest first."""
    return (
        ScriptVersion.objects.filter(script=script)
        .select_related("script", "author", "approved_by", "published_by")
        .order_by("-pk")
    )


def open_version(script: Script) -> ScriptVersion | None:
    """Return the version of a script that is on its way to publication, or None."""
    return versions_of(script).open().first()


def published_version(script: Script, version: str | None = None) -> ScriptVersion:
    """Return the version that runs: the current one, or exactly the one that is named.

    Raises
    ------
    NoPublishedVersion
        None is named, and none is published or the version policy admits none.
    NoSuchVersion, VersionWithdrawn
        The named one was never published, or no longer runs.
    VersionSuspended
        It would run, but what it did in a run has to be looked at first.
    """
    versions = ScriptVersion.objects.select_related("script__owner", "script__tenant")
    if version is None:
        current = versions.runnable().filter(script=script, script__current_version=F("pk"))
        return _unsuspended(current.first() or _nothing_runs(script))
    found = numbered(versions.released().filter(script=script), version)
    if found.status == VersionStatus.WITHDRAWN:
        raise VersionWithdrawn(f"{script.name} {version} was withdrawn.", field="version")
    return _unsuspended(found)


def numbered(versions: ScriptVersionQuerySet, number: str) -> ScriptVersion:
    """Return the one of a script's versions that has a number.

    Raises
    ------
    NoSuchVersion
        None of them has it, or it is no version number.
    """
    try:
        found = versions.filter(version=str(SemanticVersion.parse(number))).first()
    except NotASemanticVersion:
        found = None
    if found is None:
        raise NoSuchVersion(
            f"This script has no version {number[:40]!r} that you can use.", field="version"
        )
    return found


def last_released(script: Script) -> ScriptVersion | None:
    """Return the version that was published last, or None."""
    return versions_of(script).released().first()


def next_free_version(script: Script) -> str:
    """Return the number that the next version gets when its author names none."""
    return str(
        next_free(ScriptVersion.objects.filter(script=script).values_list("version", flat=True))
    )


def rule_of(script: Script) -> Rule:
    """Return the version policy of a script; an author who chose none has ``auto``."""
    policy = VersionPolicy.objects.filter(script=script).first()
    return policy.rule if policy else Rule()


def chosen_version(script: Script, rule: Rule) -> ScriptVersion | None:
    """Return the version that runs by a policy, or None when it admits none that may run."""
    runnable = {
        SemanticVersion.parse(version.version): version
        for version in ScriptVersion.objects.filter(script=script).runnable()
    }
    number = choose(
        rule,
        (
            Release(number, is_deprecated=version.status == VersionStatus.DEPRECATED)
            for number, version in runnable.items()
        ),
    )
    return runnable[number] if number else None


def dependency_closure(version: ScriptVersion) -> list[ScriptVersion]:
    """Return every version that a version needs, each after what it needs itself."""
    requires: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    frontier = {version.pk}
    while frontier:
        edges = Dependency.objects.filter(version__in=frontier).order_by("pk")
        found = list(edges.values_list("version_id", "requires_id"))
        for needing, needed in found:
            requires[needing].append(needed)
        frontier = {needed for _, needed in found} - requires.keys()
    order = dependency_graph.resolution_order(version.pk, requires)
    by_id = ScriptVersion.objects.select_related("script__owner").in_bulk(order)
    return [by_id[pk] for pk in order]


def script_edges(tenant_id: int) -> dict[uuid.UUID, set[uuid.UUID]]:
    """Return which scripts of a tenant need which, by any version that may run."""
    edges: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    rows = Dependency.objects.filter(
        version__script__tenant=tenant_id, version__status__in=lifecycle.RUNNABLE
    ).values_list("version__script_id", "requires__script_id")
    for needing, needed in rows:
        edges[needing].add(needed)
    return edges


def _nothing_runs(script: Script) -> NoReturn:
    rule = rule_of(script)
    if not ScriptVersion.objects.filter(script=script).runnable().exists():
        raise NoPublishedVersion(script_id=str(script.pk))
    raise NoPublishedVersion(
        f"The version policy of {script.name} ({rule}) names no version that may run; "
        "its author has to change it, or a caller has to name a version.",
        script_id=str(script.pk),
        policy=rule.policy.value,
    )


def _unsuspended(version: ScriptVersion) -> ScriptVersion:
    if version.suspended_at is not None:
        raise VersionSuspended(
            f"{version} is suspended since {version.suspended_at:%Y-%m-%d %H:%M} UTC and does not "
            "run until an operator has looked at it.",
            version=version.version,
            suspended_at=version.suspended_at.isoformat(),
        )
    return version


def _read_meta(version: ScriptVersion, folder: str) -> dict[str, Any]:
    key = f"{folder}/meta.json"
    found, expected = parse_meta(storage.fetch(key)), meta_of(version)
    for field in sorted(found.keys() | expected.keys()):
        if found.get(field) != expected.get(field):
            log.error("meta_mismatch", object_key=key, field=field)
            raise MalformedMeta(
                f"{key}: {field} is not what was published; an operator has to restore it.",
                object_key=key,
                field=field,
            )
    return found


def _proven(content: bytes, expected: str, *, where: str) -> bytes:
    found = sha256(content)
    if found != expected:
        log.error("source_mismatch", where=where, expected=expected, found=found)
        raise SourceMismatch(expected_sha256=expected, found_sha256=found)
    return content
