"""What programs and browsers sign in with, and what no longer opens anything."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q

from accounts.scopes import EVERYTHING, Scope
from common.ids import uuid7


def full_access() -> list[str]:
    """Return the scopes of a key that nobody limited."""
    return sorted(EVERYTHING)


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def usable(self, *, at: datetime) -> ApiKeyQuerySet:
        """Keep the keys that are neither revoked nor expired at an instant."""
        return self.filter(
            Q(expires_at=None) | Q(expires_at__gt=at), revoked_at=None, user__is_active=True
        )


class ApiKey(models.Model):
    """A program's key. Only its SHA-256 is kept: the key itself is shown once."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_keys"
    )
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=full_access)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="To a few minutes.")

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = "API key"
        verbose_name_plural = "API keys"

    def __str__(self) -> str:
        return f"{self.name} of {self.user}"

    @property
    def scopes_in_words(self) -> list[str]:
        return [Scope(scope).label for scope in self.scopes]


class TokenFamilyQuerySet(models.QuerySet["TokenFamily"]):
    def standing(self, *, at: datetime) -> TokenFamilyQuerySet:
        """Keep the families that were not ended, and whose newest refresh token is still good."""
        return self.filter(ended_at=None, expires_at__gt=at)


class TokenFamily(models.Model):
    """One sign-in of a program, and every token that was ever refreshed from it.

    ``refresh_jti`` is the one refresh token that still works. An older one that comes back was
    copied by somebody: then the family ends, and with it everybody who holds a token of it.
    """

    id: models.UUIDField[UUID, UUID] = models.UUIDField(
        primary_key=True, default=uuid7, editable=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="token_families"
    )
    refresh_jti = models.CharField(max_length=32)
    client = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()
    refreshed_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="When its newest refresh token ends.")
    ends_at = models.DateTimeField(help_text="When it cannot be refreshed any longer.")
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=40, blank=True)

    objects = TokenFamilyQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name_plural = "token families"
        indexes = [
            models.Index(
                fields=["user"], condition=Q(ended_at=None), name="families_not_ended_of_user"
            )
        ]

    def __str__(self) -> str:
        return f"tokens of {self.user} since {self.created_at:%Y-%m-%d %H:%M}"


class RevokedToken(models.Model):
    """A token that is refused until it would have ended by itself: the blacklist."""

    jti = models.CharField(max_length=32, primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=40)
    revoked_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-revoked_at"]

    def __str__(self) -> str:
        return f"{self.jti} ({self.reason})"


class BrowserSession(AbstractBaseSession):
    """A browser's session, with whose it is, so that people see and end their own."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        related_name="browser_sessions",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField(null=True)
    browser = models.CharField(max_length=80, blank=True)

    class Meta(AbstractBaseSession.Meta):
        ordering = ["-last_seen_at"]

    def __str__(self) -> str:
        return f"{self.browser or 'a browser'} of {self.user or 'nobody yet'}"

    @classmethod
    def get_session_store_class(cls) -> type:
        from accounts.sessions import SessionStore

        return SessionStore
