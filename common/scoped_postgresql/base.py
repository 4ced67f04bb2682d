"""Django's PostgreSQL backend, whose sessions are in the scope of ``common.row_scope``.

The scope is set when a cursor is made and the session is in another one: whoever changes it
without asking anything pays nothing, and a connection that is used again begins in its new scope.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

from common import row_scope
from common.scoped_postgresql import roles

_SET = f"SELECT set_config('{row_scope.SETTING}', %s, false)"
_ENTER = "SELECT row_scope_enter(%s)"  # also looks up the user's houses
NEVER_BY_ITSELF = 2**31
# A machine that is gone says no goodbye, and what its sessions have locked is nobody else's while
# PostgreSQL waits for it: two hours, unless it is told to ask sooner. Now it is twenty seconds.
_KEEPALIVES = {"tcp_keepalives_idle": 10, "tcp_keepalives_interval": 5, "tcp_keepalives_count": 2}


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that knows in which scope its session is; None: that has to be set anew."""

    _session_scope: str | None = None
    _session_entry: row_scope.Entry | None = None

    def get_connection_params(self) -> dict[str, Any]:
        """Begin each session in the scope of the process, without a statement of its own."""
        params: dict[str, Any] = super().get_connection_params()
        keepalives = [f"-c {name}={number}" for name, number in _KEEPALIVES.items()]
        scope = f"-c {row_scope.SETTING}={settings.DATABASE_SCOPE}"
        # Of two the last one counts.
        params["options"] = " ".join([*keepalives, params.get("options", ""), scope])
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        if settings.PRODUCTION:
            _require_bound(connection)
        # Django allows no statement to be prepared; here those may be that ask for it.
        connection.prepare_threshold = NEVER_BY_ITSELF
        self._session_scope = settings.DATABASE_SCOPE
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        wanted, entry = row_scope.current(), row_scope.current_entry()
        is_user = wanted not in (row_scope.PLATFORM, row_scope.NOBODY)
        is_there = self._session_scope == wanted and (not is_user or self._session_entry is entry)
        # Inside a transaction that failed, nothing can be set and nothing can be read.
        if not is_there and not self._has_failed():
            self._session_scope = None
            with self.wrap_database_errors:
                self.connection.execute(_ENTER if is_user else _SET, [wanted])
            self._session_scope, self._session_entry = wanted, entry
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


def _require_bound(connection: Any) -> None:
    unbound = roles.is_unbound(connection)
    connection.rollback()  # the question began a transaction
    if unbound:
        connection.close()
        raise ImproperlyConfigured(roles.ADVICE)
