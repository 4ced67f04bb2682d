"""Replies kept for the case that they were lost on their way."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from common import idempotency_keys


class KeptReply(models.Model):
    """What a request with an Idempotency-Key was answered with.

    It is written in the transaction of the change itself: there is no change without its reply
    and no reply without its change. While ``status`` is null that transaction is under way, which
    nobody else sees.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=idempotency_keys.MAX_LENGTH)
    request_sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_index=True)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "kept replies"
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="one_reply_per_user_and_key"),
        ]

    def __str__(self) -> str:
        return f"{self.key} of {self.user_id}"
