"""Whom a script's next version reaches: who uses it, and which scripts need it."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from registry import lifecycle
from registry.models import Dependency, Entitlement, ProductSubscription, ScriptVersion


@dataclass(frozen=True)
class Reach:
    """Users with a right to a script, and the versions of other scripts that need it."""

    users: int
    dependents: list[ScriptVersion]


def reach_of(script_ids: Collection[uuid.UUID], *, at: datetime) -> dict[uuid.UUID, Reach]:
    """Return whom each of some scripts reaches, with four queries however many they are."""
    people: dict[uuid.UUID, set[int]] = defaultdict(set)
    entitled = Entitlement.objects.in_force(at=at).filter(script__in=script_ids)
    bought = ProductSubscription.objects.in_force(at=at).filter(product__script__in=script_ids)
    for script_id, user_id in [
        *entitled.values_list("script_id", "user_id"),
        *bought.values_list("product__script_id", "user_id"),
    ]:
        people[script_id].add(user_id)
    needing = _dependents(script_ids)
    return {each: Reach(len(people[each]), needing[each]) for each in script_ids}


def _dependents(script_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[ScriptVersion]]:
    edges = (
        Dependency.objects.filter(
            requires__script__in=script_ids,
            version__status__in=lifecycle.RUNNABLE,
            # What another tenant builds on it is theirs to know.
            version__script__tenant=F("requires__script__tenant"),
        )
        .select_related("version__script", "version__script__current_version", "requires")
        .order_by("version__script__name", "-version__pk")
    )
    found: dict[uuid.UUID, dict[uuid.UUID, ScriptVersion]] = defaultdict(dict)
    for edge in edges:
        # Of each script that needs it, the newest version speaks for all.
        found[edge.requires.script_id].setdefault(edge.version.script_id, edge.version)
    return defaultdict(list, {key: list(each.values()) for key, each in found.items()})
