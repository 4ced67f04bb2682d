"""What reviewers and authors say about single lines."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from registry.comment_places import LINE_CHARACTERS
from registry.models.scripts import NOTE_MAX_LENGTH


class ReviewComment(models.Model):
    """One remark on one line of the source with one hash."""

    version = models.ForeignKey(
        "registry.ScriptVersion", on_delete=models.CASCADE, related_name="comments"
    )
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    line = models.PositiveIntegerField(help_text="1 is the first.")
    line_text = models.CharField(
        max_length=LINE_CHARACTERS,
        blank=True,
        help_text="What stood there: a later source is searched for it.",
    )
    source_sha256 = models.CharField(max_length=64)
    text = models.TextField(max_length=NOTE_MAX_LENGTH)
    created_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["line", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(line__gte=1), name="comments_name_a_line"),
            models.CheckConstraint(
                condition=Q(resolved_at=None, resolved_by=None)
                | Q(resolved_at__isnull=False, resolved_by__isnull=False),
                name="resolutions_have_an_actor",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.author} on line {self.line} of {self.version}"
