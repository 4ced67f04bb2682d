"""Tenants, and who belongs to them in which role."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Role(models.TextChoices):
    """What a member may do inside the tenant."""

    AUTHOR = "author", "author"
    REVIEWER = "reviewer", "reviewer"
    SUBSCRIBER = "subscriber", "subscriber"
    OPERATOR = "operator", "operator"
    ADMIN = "admin", "administrator"


class Tenant(models.Model):
    """A separate house: nothing inside it is readable from another."""

    name = models.CharField(max_length=120, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(slug="platform"),
                name="platform_is_no_tenant",
                violation_error_message="The slug platform is taken: it names the platform's own "
                "audit trail.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One role of one person in one tenant."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=20, choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["tenant", "user", "role"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "user", "role"], name="one_membership_per_role"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="membership_role_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} as {self.get_role_display()} of {self.tenant}"
