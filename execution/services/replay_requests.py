"""A replay asked for where nothing is run, such as by a page: a worker does it and replies."""

from __future__ import annotations

import json
import secrets
from typing import Any

import redis
from django.conf import settings
from django_q.tasks import async_task

from accounts.models import User
from common.clock import utc_now
from common.errors import SignalHubError, Unavailable
from execution import queue
from execution.models import Execution
from execution.sandbox.supervisor import SandboxUnavailable
from execution.services import replay

_REPLY_TTL_SECONDS = 120


class NoReplay(Unavailable):
    """No worker repeated the run in time; try again when the workers are less busy."""

    code = "no_replay"


def request_replay(execution: Execution, *, acting_user: User) -> dict[str, Any]:
    """Have a worker repeat a run for somebody, and return its report as plain data.

    Raises
    ------
    NoReplay
        No worker answered in time, or the one that did cannot run anything.
    """
    reply_to = f"signalhub:replay:{secrets.token_hex(16)}"
    async_task(
        "execution.tasks.replay_execution",
        str(execution.pk),
        acting_user.pk,
        reply_to,
        save=False,
        ack_failure=True,
    )
    seconds = settings.EXECUTION_REPLY_SECONDS
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=seconds + 5) as client:
        reply = client.blpop([reply_to], timeout=seconds)
    if reply is None:
        raise NoReplay
    answered: dict[str, Any] = json.loads(reply[1])
    if "problem" in answered:
        raise NoReplay(answered["problem"])
    return answered


def answer(execution_id: str, user_id: int, reply_to: str) -> None:
    """Repeat a run in this process and send the report to whoever asked for it."""
    rows = Execution.objects.select_related("version__script__tenant", "user")
    try:
        report = replay.replay_for(
            rows.get(pk=execution_id), acting_user=User.objects.get(pk=user_id), now=utc_now()
        )
        answered = {**report.as_json(), "sentence": report.sentence()}
    except (SignalHubError, SandboxUnavailable) as error:
        answered = {"problem": str(error)}
    with queue.connect() as client:
        client.rpush(reply_to, json.dumps(answered))
        client.expire(reply_to, _REPLY_TTL_SECONDS)
