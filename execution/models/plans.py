"""Standing requests for runs on every bar, and what is computed once for all of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.ids import uuid7


class Subscription(models.Model):
    """A standing request of one user: run this script on every bar of an instrument."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="subscriptions"
    )
    script = models.ForeignKey(
        "registry.Script", on_delete=models.PROTECT, related_name="subscriptions"
    )
    instrument_key = models.CharField(max_length=40)
    timeframe = models.CharField(max_length=8)
    params = models.JSONField(default=dict)
    params_sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "script", "instrument_key", "timeframe", "params_sha256"],
                condition=Q(ended_at=None),
                name="one_active_subscription_each",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.script} on {self.instrument_key} {self.timeframe} for {self.user}"


class RealtimePlan(models.Model):
    """What is computed once and fanned out to every subscriber entitled to it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.ForeignKey(
        "registry.ScriptVersion", on_delete=models.PROTECT, related_name="plans"
    )
    product = models.ForeignKey(
        "registry.Product",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="plans",
        help_text="For whose subscribers it is computed; none: for the script's own.",
    )
    instrument_key = models.CharField(max_length=40)
    timeframe = models.CharField(max_length=8)
    params = models.JSONField(default=dict)
    params_sha256 = models.CharField(max_length=64)
    done_until = models.DateTimeField(
        null=True, help_text="Opening of the newest bar for which executions were created."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "product", "instrument_key", "timeframe", "params_sha256"],
                nulls_distinct=False,
                name="one_plan_each",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} on {self.instrument_key} {self.timeframe}"
