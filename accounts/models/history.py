"""What the rows that rights rest on looked like before."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q


class PastRowQuerySet(models.QuerySet["PastRow"]):
    def as_of(self, at: datetime) -> PastRowQuerySet:
        """Keep what was so at an instant: the beginning is inclusive, the end exclusive."""
        return self.filter(Q(ended_at=None) | Q(ended_at__gt=at), began_at__lte=at)


class PastRow(models.Model):
    """One row of another table, as it was from one instant until another.

    Triggers write it, so that no way of changing a membership, a team, a tier or an owner is left
    out. What has times of its own, such as an entitlement, is not repeated here.
    """

    source = models.CharField(max_length=60, help_text="The table.")
    row_key = models.CharField(max_length=64)
    user_id = models.BigIntegerField(null=True, help_text="Whose row it was, if somebody's.")
    values = models.JSONField()
    began_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True)

    objects = PastRowQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["source", "row_key", "began_at"], name="past_of_row"),
            models.Index(
                fields=["user_id", "source", "began_at"],
                condition=Q(user_id__isnull=False),
                name="past_of_user",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "row_key"],
                condition=Q(ended_at=None),
                name="one_present_of_each_row",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.row_key} from {self.began_at:%Y-%m-%d %H:%M:%S}"
