"""Django's PostgreSQL backend, whose sessions are in the scope of ``common.row_scope``.

The scope is set when a cursor is made and the session is in another one: whoever changes it
without asking anything pays nothing, and a connection that is used again begins in its new scope.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

from common import row_scope

_SET = f"SELECT set_config('{row_scope.SETTING}', %s, false)"


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that knows in which scope its session is; None: that has to be set anew."""

    _session_scope: str | None = None

    def get_connection_params(self) -> dict[str, Any]:
        """Begin each session in the scope of the process, without a statement of its own."""
        params: dict[str, Any] = super().get_connection_params()
        given = params.get("options", "")
        ours = f"-c {row_scope.SETTING}={settings.DATABASE_SCOPE}"
        params["options"] = f"{given} {ours}".strip()
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        self._session_scope = settings.DATABASE_SCOPE
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        wanted = row_scope.current()
        # Inside a transaction that failed, nothing can be set and nothing can be read.
        if self._session_scope != wanted and not self._has_failed():
            self._session_scope = None
            self.connection.execute(_SET, [wanted])
            self._session_scope = wanted
        return super().create_cursor(name)

    # What a transaction set, its end may have taken back.

    def _rollback(self) -> None:
        self._session_scope = None
        super()._rollback()  # type: ignore[misc]

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]
        self._session_scope = None

    def _has_failed(self) -> bool:
        status: TransactionStatus = self.connection.info.transaction_status
        return status == TransactionStatus.INERROR
