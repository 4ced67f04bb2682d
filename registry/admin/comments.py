"""The buttons beside a line: say something about it, and settle what was said."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path

from common.clock import utc_now
from common.errors import SignalHubError
from registry.admin.scoped import signed_in_user
from registry.admin.version_pages import VersionPages
from registry.models import ReviewComment
from registry.services import comments

_DIGITS_OF_A_LINE = 7


class CommentPages(VersionPages):
    """Adds and resolves comments on a version's lines."""

    def comment_urls(self) -> list[URLPattern]:
        """Return the addresses of the buttons."""
        return [
            path(
                "<uuid:version_id>/comment/",
                self.admin_site.admin_view(self.comment_view),
                name="registry_scriptversion_comment",
            ),
            path(
                "<uuid:version_id>/comment/<int:comment_id>/resolve/",
                self.admin_site.admin_view(self.resolve_view),
                name="registry_scriptversion_resolve",
            ),
        ]

    def comment_view(self, request: HttpRequest, version_id: uuid.UUID) -> HttpResponse:
        """Keep a comment on a line."""
        version = self._version(request, version_id)
        if request.method != "POST":
            return self._back_to(request, version)
        line = whole_number(request.POST.get("line", ""))
        try:
            comments.add_comment(
                version,
                line=line,
                text=request.POST.get("text", ""),
                source_sha256=request.POST.get("source_sha256", ""),
                acting_user=signed_in_user(request),
                now=utc_now(),
            )
        except SignalHubError as problem:
            return self._back_to(request, version, f"line-{line}", problem=problem)
        return self._back_to(request, version, f"line-{line}")

    def resolve_view(
        self, request: HttpRequest, version_id: uuid.UUID, comment_id: int
    ) -> HttpResponse:
        """Settle a comment, on the page on which it is shown."""
        version = self._version(request, version_id)
        comment = (
            ReviewComment.objects.filter(pk=comment_id, version__script=version.script_id)
            .select_related("version__script__tenant", "resolved_by")
            .first()
        )
        if comment is None:
            raise Http404
        if request.method != "POST":
            return self._back_to(request, version)
        anchor = f"comment-{comment.pk}"
        try:
            comments.resolve_comment(comment, acting_user=signed_in_user(request), now=utc_now())
        except SignalHubError as problem:
            return self._back_to(request, version, anchor, problem=problem)
        return self._back_to(request, version, anchor)


def whole_number(text: str) -> int:
    """Return the number of a line as somebody sent it; 0, which no line has, for anything else."""
    is_number = text.isascii() and text.isdigit() and len(text) <= _DIGITS_OF_A_LINE
    return int(text) if is_number else 0
