"""People who sign in."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.crypto import salted_hmac

from accounts.models.tiers import DEFAULT_TIER, Tier
from accounts.scopes import EVERYTHING

STAMP_SALT = "accounts.models.User.stamp"


class User(AbstractUser):
    """A person or a program that acts; what they may do follows from their memberships."""

    tier = models.ForeignKey(
        Tier, on_delete=models.PROTECT, default=DEFAULT_TIER, related_name="users"
    )
    second_factor_since = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Without it, a password is enough."
    )

    # Of the credential that they signed in with, not of the person: a limited key narrows it.
    granted_scopes: frozenset[str] = EVERYTHING

    class Meta(AbstractUser.Meta):
        ordering = ["username"]

    @property
    def has_second_factor(self) -> bool:
        return self.second_factor_since is not None

    @property
    def must_enrol(self) -> bool:
        """Tell whether they may do nothing before they have a second factor."""
        is_meant = self.is_staff or self.is_superuser
        return bool(
            settings.STAFF_SECOND_FACTOR_REQUIRED and is_meant and not self.has_second_factor
        )

    @property
    def stamp(self) -> str:
        """What sessions and tokens were given under; another password or factor ends them."""
        return self._get_session_auth_hash()[:32]

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        # The name is Django's: every session carries this, and one whose hash differs is over. With
        # the second factor in it, no session from before the factor goes on without it.
        since = self.second_factor_since.isoformat() if self.second_factor_since else ""
        given = salted_hmac(
            STAMP_SALT, f"{self.password}|{since}", secret=secret, algorithm="sha256"
        )
        return given.hexdigest()
