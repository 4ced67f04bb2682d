"""Searches for whose copy of a product's outputs leaked."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from common.ids import uuid7
from streams.models.streams import Stream


class LeakVerdict(models.TextChoices):
    """What came of a search."""

    SUSPECTS = "suspects", "suspects"
    NO_SUSPECT = "no_suspect", "no suspect"
    TOO_FEW = "too_few", "too few values"
    EXACT = "exact", "exact values"
    UNLIKE = "unlike", "not these outputs"
    UNMARKED = "unmarked", "not marked"


class LeakSearch(models.Model):
    """One search for whose copy of a product's outputs leaked. What was pasted is not kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey("registry.Product", on_delete=models.PROTECT, related_name="+")
    product_id: uuid.UUID
    stream = models.ForeignKey(
        Stream,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="What it resembles.",
    )
    searched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    searched_at = models.DateTimeField()
    verdict = models.CharField(max_length=12, choices=LeakVerdict.choices)
    rows = models.PositiveIntegerField()
    matched = models.PositiveIntegerField(help_text="Rows that correspond to an output.")
    marked = models.PositiveIntegerField(help_text="Bars whose mark could be compared.")
    needed = models.PositiveIntegerField(help_text="Bars that it takes at least.")
    compared = models.PositiveIntegerField(help_text="Subscriptions.")
    suspects = models.JSONField(default=list, help_text="Ranked, the most suspicious first.")

    class Meta:
        ordering = ["-pk"]
        verbose_name = "leak search"
        verbose_name_plural = "leak searches"

    def __str__(self) -> str:
        return f"Search of {self.searched_at:%Y-%m-%d %H:%M} for a leak of {self.product}"
