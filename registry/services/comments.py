"""Say something about one line of a version, and settle it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from common.errors import Conflict, InvalidInput
from registry import access, lifecycle
from registry.comment_places import text_of_line
from registry.models import ReviewComment, ScriptVersion
from registry.models.scripts import NOTE_MAX_LENGTH
from registry.services.review import SourceChanged
from registry.texts import clean_text


class CommentsAreClosed(Conflict):
    """What was published cannot change any more: comment on the next version."""

    code = "comments_are_closed"


class NoSuchLine(InvalidInput):
    """The source has no such line."""

    code = "no_such_line"


class AlreadyResolved(Conflict):
    """This comment is resolved already."""

    code = "already_resolved"


@transaction.atomic
def add_comment(
    version: ScriptVersion,
    *,
    line: int,
    text: str,
    source_sha256: str,
    acting_user: User,
    now: datetime,
) -> ReviewComment:
    """Keep a remark on a line, naming the hash of the source in which it was read.

    Raises
    ------
    NoSuchScript
        The acting user may not read this source.
    CommentsAreClosed, SourceChanged, NoSuchLine, InvalidText
        There is nothing to say something about, or nothing was said.
    """
    _require_reader(version, acting_user)
    text = clean_text(text, field="text", max_length=NOTE_MAX_LENGTH, required=True)
    version.refresh_from_db(from_queryset=ScriptVersion.objects.select_for_update())
    if version.status not in lifecycle.OPEN:
        raise CommentsAreClosed(version=str(version))
    if source_sha256 != version.source_sha256:
        raise SourceChanged(field="source_sha256", source_sha256=version.source_sha256)
    lines = version.source.split("\n")
    if not 1 <= line <= len(lines):
        raise NoSuchLine(field="line", lines=len(lines))
    comment = ReviewComment.objects.create(
        version=version,
        author=acting_user,
        line=line,
        line_text=text_of_line(lines, line),
        source_sha256=source_sha256,
        text=text,
        created_at=now,
    )
    _record("version_commented", comment, acting_user=acting_user, now=now)
    return comment


@transaction.atomic
def resolve_comment(comment: ReviewComment, *, acting_user: User, now: datetime) -> ReviewComment:
    """Mark a remark as settled; whoever reads the source may do so, and is named.

    Raises
    ------
    NoSuchScript
        The acting user may not read this source.
    AlreadyResolved
        Somebody was quicker.
    """
    _require_reader(comment.version, acting_user)
    updated = ReviewComment.objects.filter(pk=comment.pk, resolved_at=None).update(
        resolved_at=now, resolved_by=acting_user
    )
    comment.refresh_from_db()
    if updated == 0:
        raise AlreadyResolved(
            resolved_by=comment.resolved_by.username if comment.resolved_by else ""
        )
    _record("comment_resolved", comment, acting_user=acting_user, now=now)
    return comment


def _require_reader(version: ScriptVersion, user: User) -> None:
    access.principal_in(version.script, user)
    if not access.may_read_source(user, version.script):
        raise access.NoSuchScript(script_id=str(version.script_id))


def _record(event: str, comment: ReviewComment, *, acting_user: User, now: datetime) -> None:
    audit.record(
        event,
        comment.version,
        chain=comment.version.script.tenant.slug,
        acting_user=acting_user,
        now=now,
        after={"comment": comment.pk, "line": comment.line},
        reason=comment.text if comment.resolved_at is None else "",
    )
