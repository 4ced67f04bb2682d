"""The right of a user, a team or an organisation to a script."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import Team, Tenant, User
from common.ids import uuid7

Grantee = User | Team | Tenant

REASON_MAX_LENGTH = 500


class EntitlementQuerySet(models.QuerySet["Entitlement"]):
    def in_force(self, *, at: datetime) -> EntitlementQuerySet:
        """Keep the rights that hold at an instant: the start is inclusive, the end exclusive."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=at), starts_at__lte=at, revoked_at=None)


class Entitlement(models.Model):
    """The right of one grantee to run one script and to read what it puts out.

    The grantee is a user, a team of the script's tenant, or an organisation: everybody who is a
    member of that tenant.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    script = models.ForeignKey(
        "registry.Script", on_delete=models.PROTECT, related_name="entitlements"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="entitlements",
    )
    team = models.ForeignKey(
        "accounts.Team",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="entitlements",
    )
    organisation = models.ForeignKey(
        "accounts.Tenant",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="entitlements",
        help_text="Each of its members has the right.",
    )
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(max_length=REASON_MAX_LENGTH, blank=True)
    created_at = models.DateTimeField()

    objects = EntitlementQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["script", "user"],
                condition=Q(revoked_at=None),
                name="standing_entitlements",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="entitlements_end_after_they_start",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="revocations_have_an_actor",
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=False, team=None, organisation=None)
                | Q(user=None, team__isnull=False, organisation=None)
                | Q(user=None, team=None, organisation__isnull=False),
                name="entitlements_have_one_grantee",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grantee} to {self.script}"

    @property
    def grantee(self) -> Grantee:
        """Return who has the right."""
        grantee = self.user or self.team or self.organisation
        assert grantee is not None  # by the constraint
        return grantee
