"""Groups of people inside a tenant, to whom rights are given together."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Team(models.Model):
    """A named group of a tenant's members."""

    tenant = models.ForeignKey("accounts.Tenant", on_delete=models.PROTECT, related_name="teams")
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["tenant", "name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="one_team_per_name"),
        ]

    def __str__(self) -> str:
        return self.name


class TeamMembership(models.Model):
    """One person in one team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="team_memberships"
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["team", "user"]
        constraints = [
            models.UniqueConstraint(fields=["team", "user"], name="one_membership_per_team"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"
