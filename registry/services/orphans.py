"""Objects of the store that belong to nothing: what publications that failed left behind.

Nothing that a row names is removed, nothing young (a publication stores before its row says so),
and nothing whose name is not one of ours.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from registry import lifecycle, storage
from registry.lifecycle import VersionStatus
from registry.models import PersonalAlias, Script, ScriptVersion
from registry.services.aliases import wait_for_other_writers
from registry.services.policies import locked_script

KEPT = lifecycle.RELEASED | {VersionStatus.APPROVED}
_UUID = r"(?P<script>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
_OBJECT = re.compile(
    rf"scripts/(?P<owner>\d+)/{_UUID}/(?P<version>\d+\.\d+\.\d+)/(?:script\.py|meta\.json)"
)
_ALIAS = re.compile(rf"personal/(?P<owner>\d+)/signal/{_UUID}\.(?:py|meta\.json)")

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Sweep:
    """What a sweep found, and which of the orphans it removed."""

    looked_at: int
    orphans: tuple[storage.StoredObject, ...]
    unrecognised: tuple[storage.StoredObject, ...]
    removed: tuple[str, ...]


def sweep_orphans(*, older_than: timedelta, remove: bool, now: datetime) -> Sweep:
    """Find the objects that belong to nothing, and remove them when asked to.

    Raises
    ------
    ObjectStoreDown
        The store does not answer; what was removed before stays removed.
    """
    found: list[storage.StoredObject] = []
    unrecognised: list[storage.StoredObject] = []
    removed: list[str] = []
    looked_at = 0
    for stored in _everything():
        looked_at += 1
        match = _recognised(stored.key)
        if match is None:
            unrecognised.append(stored)
            continue
        if now - stored.modified_at < older_than:
            continue
        with transaction.atomic():
            if _is_named(match):
                continue
            found.append(stored)
            if remove:
                # The rows that could begin to name it stay locked until it is gone.
                storage.delete(stored.key)
                removed.append(stored.key)
                log.info("orphan_removed", object_key=stored.key, size=stored.size_bytes)
    return Sweep(looked_at, tuple(found), tuple(unrecognised), tuple(removed))


def _everything() -> Iterator[storage.StoredObject]:
    yield from storage.objects_under(storage.SCRIPTS)
    yield from storage.objects_under(storage.ALIASES)


def _recognised(key: str) -> re.Match[str] | None:
    return _OBJECT.fullmatch(key) or _ALIAS.fullmatch(key)


def _is_named(match: re.Match[str]) -> bool:
    script = Script.objects.filter(pk=uuid.UUID(match["script"]), owner=int(match["owner"])).first()
    if script is None:
        return False
    if "version" in match.groupdict():
        return _is_of_a_version(script, match["version"])
    wait_for_other_writers(script.pk)
    script.refresh_from_db(fields=["current_version"])
    return bool(script.current_version_id) or PersonalAlias.objects.filter(script=script).exists()


def _is_of_a_version(script: Script, number: str) -> bool:
    locked_script(script)  # no draft takes this number now,
    versions = ScriptVersion.objects.filter(script=script, version=number)
    found = versions.select_for_update(of=("self",)).first()  # and none is approved under it
    return found is not None and found.status in KEPT
