"""Who read what, for which execution, and what each read was answered with."""

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

    A run's answers are kept under their digests, so that the run can be repeated; the answer to a
    read over HTTP is not.
    """

    execution_id = models.UUIDField(null=True, blank=True, help_text="Empty for a read over HTTP.")
    fence = models.PositiveIntegerField(
        default=0, help_text="Of the attempt: a run that is run again reads anew."
    )
    position = models.PositiveIntegerField(help_text="1, 2, 3 … within the attempt.")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=AccessKind.choices)
    request = models.JSONField()
    rows = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, blank=True, help_text="Empty for a refused read.")
    refusal = models.CharField(
        max_length=60, blank=True, help_text="The error's code when the read was refused."
    )
    refusal_message = models.TextField(blank=True, help_text="What the script was told then.")
    size_bytes = models.PositiveIntegerField(default=0, help_text="Of the answer, uncompressed.")
    as_of = models.DateTimeField(help_text="Nothing later than this was readable.")
    at = models.DateTimeField(help_text="When it was read.")

    class Meta:
        ordering = ["-pk"]
        verbose_name = "data access"
        verbose_name_plural = "data accesses"
        constraints = [
            models.UniqueConstraint(
                fields=["execution_id", "fence", "position"], name="one_read_per_position"
            ),
            models.CheckConstraint(
                condition=models.Q(sha256="") ^ models.Q(refusal=""),
                name="read_has_a_digest_or_a_refusal",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} as of {self.as_of:%Y-%m-%d %H:%M}"


class ContentKind(models.TextChoices):
    """What is kept under a digest."""

    VALUE = "value", "value"
    TABLE = "table", "table, as a list of pieces"
    PIECE = "piece", "piece of tables"


class ReadContent(models.Model):
    """An answer, or a piece of one, kept once under its digest."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    kind = models.CharField(max_length=5, choices=ContentKind.choices)
    body = models.BinaryField(help_text="Compressed with zlib.")
    size_bytes = models.PositiveIntegerField(help_text="Before it was compressed.")
    used_at = models.DateTimeField(
        db_index=True, help_text="When a read was last answered with it, to a day."
    )

    class Meta:
        verbose_name = "content of reads"
        verbose_name_plural = "contents of reads"

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.sha256[:12]}"
