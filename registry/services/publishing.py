"""Publish an approved version, and take published ones out of use."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from accounts.models import Role, User
from common.canonical import canonical_json
from common.errors import Conflict
from registry import access, lifecycle, queries, storage
from registry.lifecycle import Step
from registry.models import Dependency, ScriptVersion
from registry.models.scripts import NOTE_MAX_LENGTH
from registry.semver import SemanticVersion, highest
from registry.services.dependencies import require_publishable_dependencies
from registry.services.drafts import NotTheAuthor
from registry.services.evidence_gate import require_honest
from registry.services.policies import choose_current_version, locked_script
from registry.services.review import SourceChanged
from registry.services.transitions import take_step
from registry.texts import clean_text


class AlreadyPublished(Conflict):
    """This version is published; a published version never changes."""

    code = "already_published"


class BreakingChangesNeedAMajorVersion(Conflict):
    """What breaks its users must begin a new major version, such as 2.0.0 after 1.4.0."""

    code = "breaking_changes_need_a_major_version"


def publish_version(
    version: ScriptVersion,
    *,
    breaking_changes: bool = False,
    acting_user: User,
    now: datetime,
) -> ScriptVersion:
    """Publish an approved version; it runs from now on where the version policy admits it.

    The objects are stored before the row says so. A fault in between leaves an approved version
    whose objects are there already, and publishing it again completes the work.

    Raises
    ------
    NotTheAuthor, NoSuchScript
        The acting user is neither the author nor a reviewer.
    AlreadyPublished, NotApproved, SourceChanged
        Naming the next free number, or the state that the version is in.
    BreakingChangesNeedAMajorVersion
        ``breaking_changes`` is declared, and the number promises that nothing breaks.
    NoSuchDependency, DependencyNotAccessible, DependencyCycle
        Naming the entry of ``depends_on``.
    EvidenceMissing, LooksAhead
        Nothing was run of exactly these bytes, or they read the future and no reviewer said so.
    AlreadyStored, ObjectStoreDown
        Other bytes are stored under this number, or the store does not answer.
    """
    require_may_release(version, acting_user)
    version.refresh_from_db()
    _require_approved(version)
    require_honest(version, repaints=version.repaints)
    _require_number_says_so(version, breaking_changes=breaking_changes)
    require_publishable_dependencies(version, at=now)
    stored, folder = _content(version), _store(version)
    with transaction.atomic():
        # One publication at a time and tenant: of A → B and B → A the second one sees the first.
        _lock_dependencies_of(version.script.tenant_id)
        script = locked_script(version.script)
        required = require_publishable_dependencies(version, at=now)
        _require_approved(_refreshed(version))
        if _content(version) != stored:
            raise SourceChanged("It was changed and approved again while it was being published.")
        require_honest(version, repaints=version.repaints)
        take_step(
            version,
            Step.PUBLISH,
            acting_user=acting_user,
            now=now,
            reason=version.release_note,
            facts={"breaking_changes": breaking_changes},
            published_by=acting_user,
            published_at=now,
            object_key=folder,
        )
        Dependency.objects.bulk_create(
            Dependency(version=version, requires=needed) for needed in required
        )
        choose_current_version(script, now=now)
    version.script = script  # what was at hand knows nothing of the new pointer
    return version


@transaction.atomic
def deprecate_version(
    version: ScriptVersion, *, note: str = "", acting_user: User, now: datetime
) -> ScriptVersion:
    """Advise against a published version; it keeps running where it is named."""
    require_may_release(version, acting_user)
    return _retire(version, Step.DEPRECATE, note=note, acting_user=acting_user, now=now)


@transaction.atomic
def withdraw_version(
    version: ScriptVersion, *, note: str, acting_user: User, now: datetime
) -> ScriptVersion:
    """Take a published version out of use for good, saying why; no new run of it starts.

    An operator may do so too while the version is suspended.
    """
    clean_text(note, field="note", max_length=NOTE_MAX_LENGTH, required=True)
    if not _operates_suspended(version, acting_user):
        require_may_release(version, acting_user)
    return _retire(version, Step.WITHDRAW, note=note, acting_user=acting_user, now=now)


def require_may_release(version: ScriptVersion, user: User) -> None:
    """Raise unless a user may publish, deprecate or withdraw a version."""
    principal = access.principal_in(version.script, user)
    if user.pk != version.script.owner_id and not principal.has_role(Role.REVIEWER):
        raise NotTheAuthor(
            "Only its author, a reviewer or an administrator can do this.",
            script_id=str(version.script_id),
        )


def _operates_suspended(version: ScriptVersion, user: User) -> bool:
    principal = access.principal_in(version.script, user)
    return version.is_suspended and principal.has_role(Role.OPERATOR)


def _retire(
    version: ScriptVersion, step: Step, *, note: str, acting_user: User, now: datetime
) -> ScriptVersion:
    note = clean_text(note, field="note", max_length=NOTE_MAX_LENGTH)
    _lock_dependencies_of(version.script.tenant_id)
    script = locked_script(version.script)
    take_step(version, step, acting_user=acting_user, now=now, reason=note)
    choose_current_version(script, now=now)
    version.script = script
    return version


def _require_approved(version: ScriptVersion) -> None:
    if version.is_released:
        free = queries.next_free_version(version.script)
        raise AlreadyPublished(
            f"{version} is already {lifecycle.VersionStatus(version.status).label}, and a "
            f"published version never changes; the next free version is {free}.",
            field="version",
            version=version.version,
            next_version=free,
        )
    lifecycle.require_step(Step.PUBLISH, name=str(version), status=version.status)


def _require_number_says_so(version: ScriptVersion, *, breaking_changes: bool) -> None:
    released = ScriptVersion.objects.released().filter(script=version.script_id)
    last = highest(released.values_list("version", flat=True))
    number = SemanticVersion.parse(version.version)
    if breaking_changes and last is not None and number.major <= last.major:
        raise BreakingChangesNeedAMajorVersion(
            f"{version.version} promises {last.major}.x's users that nothing breaks; "
            f"publish breaking changes as {last.major + 1}.0.0.",
            field="breaking_changes",
            next_version=f"{last.major + 1}.0.0",
        )


def _store(version: ScriptVersion) -> str:
    script = version.script
    folder = storage.folder_of(script.owner_id, script.pk, version.version)
    source = queries.read_source(version).encode()
    meta = canonical_json(queries.meta_of(version))
    storage.put_once(f"{folder}/script.py", source, content_type="text/x-python")
    storage.put_once(f"{folder}/meta.json", meta, content_type="application/json")
    queries.require_stored(version, folder=folder)
    return folder


def _content(version: ScriptVersion) -> tuple[object, ...]:
    return version.version, version.source_sha256, version.manifest_sha256, version.edited_at


def _refreshed(version: ScriptVersion) -> ScriptVersion:
    version.refresh_from_db()
    return version


def _lock_dependencies_of(tenant_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"registry:dependencies:{tenant_id}"],
        )
