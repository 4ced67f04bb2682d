"""The personal alias: a copy, under one fixed name, of what a script runs at the moment.

``personal/{user_id}/signal/{script_id}.py`` and ``.meta.json`` are the only objects that change.
They follow after the commit, so a crash can leave them behind. Whatever moves the pointer says in
the same transaction that the alias is behind, and whoever comes next (another move, or ``manage.py
repair_aliases``) brings it up to date. The ``.meta.json`` names the hash of the source, so a reader
who gets one old and one new file can tell.
"""

from __future__ import annotations

import uuid
from functools import partial

import structlog
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from common.canonical import canonical_json
from common.clock import utc_now
from common.errors import Unavailable
from registry import queries, storage
from registry.models import PersonalAlias, Script, ScriptVersion

log = structlog.get_logger(__name__)


def follow_current_version(script: Script) -> None:
    """Write a script's alias once the transaction has committed; a fault leaves it to a repair."""
    PersonalAlias.objects.filter(script=script).update(version=None)
    transaction.on_commit(partial(_write_or_leave, script.pk))


def aliases_behind() -> QuerySet[Script]:
    """Return the scripts whose alias is not of the version that runs."""
    other = Q(alias=None) | Q(alias__version=None) | ~Q(alias__version=F("current_version"))
    wanting = Q(current_version__isnull=False) & other
    left_over = Q(current_version=None, alias__isnull=False)
    return Script.objects.filter(wanting | left_over).order_by("pk")


def write_alias(script_id: uuid.UUID) -> ScriptVersion | None:
    """Make a script's alias a copy of the version that runs, or remove it when none does.

    Writers of one script wait for each other and read the pointer when it is their turn, so the
    last to write writes the newest.

    Raises
    ------
    ObjectStoreDown, ObjectMissing, ObjectDamaged, SourceMismatch
        The alias stays as it was, or half of it; the row says that it is behind.
    """
    with transaction.atomic():
        wait_for_other_writers(script_id)
        script = Script.objects.select_related("current_version").get(pk=script_id)
        current = script.current_version
        if current is None:
            _remove(script)
        else:
            _copy(script, current)
    return current


def wait_for_other_writers(script_id: uuid.UUID) -> None:
    """Be the only one to touch a script's alias until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"registry:alias:{script_id}"]
        )


def _write_or_leave(script_id: uuid.UUID) -> None:
    try:
        write_alias(script_id)
    except Unavailable as error:
        log.warning("alias_left_behind", script_id=str(script_id), problem=error.message)


def _copy(script: Script, version: ScriptVersion) -> None:
    base = storage.alias_of(script.owner_id, script.pk)
    source = queries.read_source(version).encode()
    meta = {**queries.meta_of(version), "source_sha256": version.approved_sha256}
    storage.replace(f"{base}.py", source, content_type="text/x-python")
    storage.replace(f"{base}.meta.json", canonical_json(meta), content_type="application/json")
    PersonalAlias.objects.update_or_create(
        script=script, defaults={"version": version, "written_at": utc_now()}
    )


def _remove(script: Script) -> None:
    base = storage.alias_of(script.owner_id, script.pk)
    storage.delete(f"{base}.py")
    storage.delete(f"{base}.meta.json")
    PersonalAlias.objects.filter(script=script).delete()
