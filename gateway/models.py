"""Who read what, for which execution."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class AccessKind(models.TextChoices):
    """What was asked for."""

    MARKET_DATA = "market_data", "market data"
    METRIC = "metric", "metric"
    SCRIPT_OUTPUT = "script_output", "script output"


class DataAccess(models.Model):
    """One read through the gateway: what was asked, as of when, and a digest of the answer.

    The digest proves later that a repeated run was given the same data, without keeping it.
    """

    execution_id = models.UUIDField(
        null=True, blank=True, db_index=True, help_text="Empty for a read over HTTP."
    )
    position = models.PositiveIntegerField(help_text="1, 2, 3 … within the execution.")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=AccessKind.choices)
    request = models.JSONField()
    rows = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, blank=True, help_text="Empty for a refused read.")
    refusal = models.CharField(
        max_length=60, blank=True, help_text="The error's code when the read was refused."
    )
    as_of = models.DateTimeField(help_text="Nothing later than this was readable.")
    at = models.DateTimeField(help_text="When it was read.")

    class Meta:
        ordering = ["-pk"]
        verbose_name = "data access"
        verbose_name_plural = "data accesses"
        constraints = [
            models.UniqueConstraint(
                fields=["execution_id", "position"], name="one_read_per_position"
            ),
            models.CheckConstraint(
                condition=models.Q(sha256="") ^ models.Q(refusal=""),
                name="read_has_a_digest_or_a_refusal",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} as of {self.as_of:%Y-%m-%d %H:%M}"
