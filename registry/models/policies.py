"""Which published version of a script runs when a caller names none."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from registry.version_choice import Policy, Rule

POLICIES = [policy.value for policy in Policy]
CHOICES = [(name, name) for name in POLICIES]


class VersionPolicy(models.Model):
    """The author's choice for one script; without a row it is ``auto``."""

    script = models.OneToOneField(
        "registry.Script",
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="version_policy",
    )
    policy = models.CharField(max_length=10, choices=CHOICES, default=Policy.AUTO.value)
    pinned_version = models.CharField(max_length=20, blank=True)
    min_version = models.CharField(max_length=20, blank=True)
    max_version = models.CharField(max_length=20, blank=True)
    updated_at = models.DateTimeField()
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(policy__in=POLICIES), name="version_policy_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(policy=Policy.LOCKED.value) | ~Q(pinned_version=""),
                name="locked_policies_name_a_version",
            ),
            models.CheckConstraint(
                condition=~Q(policy=Policy.RANGE.value) | ~Q(min_version=""),
                name="range_policies_name_a_minimum",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy} for {self.script}"

    @property
    def rule(self) -> Rule:
        """Return what the row says as the rule that chooses."""
        return Rule.parse(
            self.policy,
            pinned_version=self.pinned_version,
            min_version=self.min_version,
            max_version=self.max_version,
        )
