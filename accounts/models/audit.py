"""The record of every change of consequence: append-only and hash-chained."""

from __future__ import annotations

from django.apps import apps
from django.conf import settings
from django.db import models


class AuditEvent(models.Model):
    """Who changed what, when, from what to what, and why.

    ``event_hash`` covers the row and the hash of the row before it in the same chain, so a row
    that was changed or removed behind the database's back shows. Triggers refuse UPDATE, DELETE
    and TRUNCATE, and an INSERT that does not follow the last event of its chain.
    """

    chain = models.CharField(max_length=60, db_index=True, help_text="The tenant's slug.")
    position = models.PositiveBigIntegerField(help_text="1, 2, 3 … within the chain.")
    at = models.DateTimeField()
    event = models.CharField(max_length=80, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    actor_name = models.CharField(max_length=150)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=64, db_index=True)
    before = models.JSONField()
    after = models.JSONField()
    reason = models.TextField(blank=True)
    previous_hash = models.CharField(max_length=64)
    event_hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["chain", "position"], name="one_event_per_position"),
        ]

    def __str__(self) -> str:
        return f"{self.event_in_words}: {self.object_in_words} {self.object_id}"

    @property
    def event_in_words(self) -> str:
        return self.event.replace("_", " ")

    @property
    def object_in_words(self) -> str:
        """The kind of thing that changed, as pages call it."""
        return str(apps.get_model(self.object_type)._meta.verbose_name)


class AuditHead(models.Model):
    """How far a chain reaches: a cut tail shows. Triggers move it with the events, nobody else."""

    chain = models.CharField(max_length=60, primary_key=True)
    position = models.PositiveBigIntegerField()
    event_hash = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        ordering = ["chain"]

    def __str__(self) -> str:
        return f"{self.chain} up to {self.position}"
