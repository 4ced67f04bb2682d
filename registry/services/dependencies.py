"""Whether what a version depends on exists, may be used, and does not lead back to it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts.models import User
from common.errors import InvalidInput
from registry import access, dependency_graph, queries
from registry.manifest import DependencyReference, dependencies_of
from registry.models import Script, ScriptVersion


class NoSuchDependency(InvalidInput):
    """A script can only depend on published versions."""

    code = "no_such_dependency"


def require_publishable_dependencies(
    version: ScriptVersion, *, at: datetime
) -> list[ScriptVersion]:
    """Return the versions that ``depends_on`` names, once all of them may be depended on.

    Raises
    ------
    NoSuchDependency
        One is unknown, foreign or not published; all three look the same.
    DependencyNotAccessible
        The script's owner is not entitled to one.
    DependencyCycle
        One leads back to this script, by any of its versions.
    """
    required = [
        _require_usable(reference, owner=version.script.owner, at=at)
        for reference in dependencies_of(version.manifest)
    ]
    _require_no_cycle(version.script, [needed.script for needed in required])
    return required


def usable_dependencies(
    manifest: Mapping[str, Any], *, user: User, at: datetime
) -> list[ScriptVersion]:
    """Return the versions that ``depends_on`` names, once a user may use all of them.

    Raises
    ------
    NoSuchDependency
        One is unknown, foreign or not published; all three look the same.
    DependencyNotAccessible
        The user is not entitled to one.
    """
    return [_require_usable(named, owner=user, at=at) for named in dependencies_of(manifest)]


def dependencies_out_of_reach(script: Script, user: User, *, at: datetime) -> list[Script]:
    """Return which scripts the current version needs that a user may not use."""
    if script.current_version is None:
        return []
    needed = {version.script for version in queries.dependency_closure(script.current_version)}
    return sorted(
        (other for other in needed if not access.may_access(user, other, at=at)),
        key=lambda other: other.name,
    )


def _require_usable(reference: DependencyReference, *, owner: User, at: datetime) -> ScriptVersion:
    found = (
        ScriptVersion.objects.runnable()
        .select_related("script")
        .filter(script=reference.script_id, version=reference.version)
        .first()
    )
    decision = access.decide(owner.pk, reference.script_id, at=at)
    if found is None or decision.reason is access.Reason.OUTSIDER:
        raise NoSuchDependency(
            f"depends_on: {reference} is not a published version. "
            "Publish it first, or correct the script id or the version.",
            field="depends_on",
            dependency=str(reference),
        )
    if not decision.allowed:
        raise access.DependencyNotAccessible(
            f"depends_on: {owner.username} is not entitled to {found.script.name} ({reference}). "
            "Ask its owner for an entitlement.",
            field="depends_on",
            dependency=str(reference),
        )
    return found


def _require_no_cycle(script: Script, required: list[Script]) -> None:
    edges = queries.script_edges(script.tenant_id)
    edges[script.pk] = edges.get(script.pk, set()) | {needed.pk for needed in required}
    names = dict(Script.objects.filter(pk__in=_mentioned(edges)).values_list("pk", "name"))
    dependency_graph.resolution_order(script.pk, edges, name_of=names.__getitem__)


def _mentioned(edges: dict[uuid.UUID, set[uuid.UUID]]) -> set[uuid.UUID]:
    return set(edges).union(*edges.values())
