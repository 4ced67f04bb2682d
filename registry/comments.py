"""Which remarks reviewers and authors see beside a version's lines."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from registry.comment_places import find_line
from registry.models import ReviewComment, ScriptVersion


@dataclass(frozen=True, kw_only=True)
class PlacedComment:
    """A remark, and on which line of the source at hand it stands; None when that line is gone."""

    comment: ReviewComment
    line: int | None
    is_carried: bool

    @property
    def is_open(self) -> bool:
        """Tell whether nobody has resolved it."""
        return self.comment.resolved_at is None


def comments_on(version: ScriptVersion) -> list[PlacedComment]:
    """Return the remarks on a version, and those on earlier versions that nobody resolved.

    One on another source stands where its line's text still is.
    """
    lines = version.source.split("\n")
    kept = (
        ReviewComment.objects.filter(
            Q(version=version)
            | Q(version__script=version.script_id, version__lt=version.pk, resolved_at=None)
        )
        .select_related("author", "resolved_by", "version")
        .order_by("line", "pk")
    )
    return [_placed(comment, version, lines) for comment in kept]


def _placed(comment: ReviewComment, version: ScriptVersion, lines: list[str]) -> PlacedComment:
    if comment.source_sha256 == version.source_sha256:
        return PlacedComment(comment=comment, line=comment.line, is_carried=False)
    line = find_line(comment.line_text, near=comment.line, lines=lines)
    return PlacedComment(comment=comment, line=line, is_carried=True)
