"""Browsers' sessions in a table of ours, which knows whose they are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from accounts.models import BrowserSession
from common import row_scope


class SessionStore(DatabaseStore):
    """Django's, in the platform's scope: a session is read before anybody knows whose it is."""

    @classmethod
    def get_model_class(cls) -> type[BrowserSession]:
        return BrowserSession

    def create_model_instance(self, data: dict[str, Any]) -> BrowserSession:
        """Return the row of a session; what the middleware notes of a browser stays as it is."""
        row = BrowserSession(
            session_key=self._get_or_create_session_key(),  # type: ignore[attr-defined]
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            user_id=_user_id_in(data),
        )
        noted = BrowserSession.objects.filter(pk=row.pk).first()
        if noted is not None:
            row.created_at, row.last_seen_at = noted.created_at, noted.last_seen_at
            row.browser = noted.browser
        return row

    last_seen_at: datetime | None = None

    @row_scope.for_the_platform
    def load(self) -> dict[str, Any]:
        row = self._get_session_from_db()  # type: ignore[attr-defined]
        if row is None:
            return {}
        self.last_seen_at = row.last_seen_at
        return self.decode(row.session_data)

    @row_scope.for_the_platform
    def exists(self, session_key: str) -> bool:
        return super().exists(session_key)

    @row_scope.for_the_platform
    def save(self, must_create: bool = False) -> None:
        super().save(must_create)

    @row_scope.for_the_platform
    def delete(self, session_key: str | None = None) -> None:
        super().delete(session_key)

    @classmethod
    @row_scope.for_the_platform
    def clear_expired(cls) -> None:
        super().clear_expired()


def _user_id_in(data: dict[str, Any]) -> int | None:
    found = data.get(SESSION_KEY)
    return int(found) if found is not None and str(found).isdecimal() else None
