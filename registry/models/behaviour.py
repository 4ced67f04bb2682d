"""What a version's runs did, added up."""

from __future__ import annotations

from django.db import models


class VersionBehaviour(models.Model):
    """The evidence of all runs of one version; whoever runs them reports it upwards.

    ``outcomes``, ``limits_hit`` and ``reads`` map a name to how often it was seen.
    """

    version = models.OneToOneField(
        "registry.ScriptVersion",
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="behaviour",
    )
    runs = models.PositiveBigIntegerField()
    outcomes = models.JSONField()
    limits_hit = models.JSONField()
    reads = models.JSONField()
    calls = models.PositiveBigIntegerField()
    most_memory_mb = models.FloatField()
    most_cpu_ms = models.FloatField()
    most_duration_ms = models.FloatField()
    last_violation_execution = models.UUIDField(null=True, blank=True)
    last_violation_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last_violation_execution=None, last_violation_at=None)
                | models.Q(last_violation_execution__isnull=False, last_violation_at__isnull=False),
                name="violations_have_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.runs} runs of {self.version}"
