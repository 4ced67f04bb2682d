"""As whom an execution may run: decided once per user and script, within one transaction."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from execution.models import Execution, ExecutionKind, Subscription
from execution.services import dependencies
from registry import access
from registry.models import Script, ScriptVersion


class Rights:
    """Answers for many executions at one instant, and locks what an answer rests on."""

    def __init__(self, *, now: datetime) -> None:
        self._now = now
        self._decided: dict[tuple[int, UUID], bool] = {}

    def reader_of(self, execution: Execution) -> User | None:
        """Return as whom an execution may run now, or None.

        A one-time run is its caller's. A plan runs as long as one of its subscribers may use
        everything it needs, and runs as that subscriber.
        """
        scripts = [execution.version.script, *dependencies.required_scripts(execution.version)]
        if self._may_use_all(execution.user, scripts) and _still_asks(execution.user, execution):
            return execution.user
        if execution.kind != ExecutionKind.REALTIME:
            return None
        others = _subscribers(execution)
        return next((user for user in others if self._may_use_all(user, scripts)), None)

    def _may_use_all(self, user: User, scripts: list[Script]) -> bool:
        return user.is_active and all(self._may_use(user, script) for script in scripts)

    def _may_use(self, user: User, script: Script) -> bool:
        key = (user.pk, script.pk)
        if key not in self._decided:
            self._decided[key] = access.lock_access(user, script, at=self._now)
        return self._decided[key]


def _still_asks(user: User, execution: Execution) -> bool:
    if execution.kind != ExecutionKind.REALTIME:
        return True
    return _subscriptions(execution.version, execution).filter(user=user).exists()


def _subscribers(execution: Execution) -> list[User]:
    wanted = _subscriptions(execution.version, execution)
    return list(User.objects.filter(is_active=True, subscriptions__in=wanted).distinct())


def _subscriptions(version: ScriptVersion, execution: Execution) -> QuerySet[Subscription]:
    return Subscription.objects.filter(
        script__in=dependencies.scripts_that_need(version),
        instrument_key=execution.instrument_key,
        timeframe=execution.timeframe,
        ended_at=None,
    )
