"""What operators can do from the operations page: each is asked about first, and given a reason.

A deed says what follows from it before it is done. It finds its own target, so that what is not
there, or is another house's, is not found; the services behind it check, change and audit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import User
from accounts.principals import NoTenant, principal_of
from common import row_scope
from common.errors import InvalidInput, NotFound
from execution.models import Execution
from execution.services import cancellation, drains
from market.models import ReplayFeed
from market.services import replay

REASON_MAX_LENGTH = 300


class ReasonNeeded(InvalidInput):
    """Say why, in a few words: it stands in the audit trail."""

    code = "reason_needed"


class NoSuchTarget(NotFound):
    """There is no such thing to do this to, or you may not know of it."""

    code = "no_such_subject"


@dataclass(frozen=True, kw_only=True)
class Doing:
    """One request to do something: to what, by whom, why and when."""

    target: Any
    user: User
    reason: str
    now: datetime


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked before something is done; ``{}`` stands for its target."""

    title: str
    consequence: str
    answer: str
    done: str
    find: Callable[[str, User], Any]
    do: Callable[[Doing], object]


def find(name: str, target: str, *, user: User) -> tuple[Question, Any]:
    """Return what to ask and what it is about, or raise NoSuchTarget."""
    question = DEEDS.get(name)
    if question is None:
        raise NoSuchTarget()
    return question, question.find(target, user)


def carry_out(question: Question, doing: Doing) -> str:
    """Do it and return what was done, in a sentence.

    Raises
    ------
    ReasonNeeded
        None was given, or more than fits.
    SignalHubError
        The service behind it refuses.
    """
    if not 0 < len(doing.reason) <= REASON_MAX_LENGTH:
        raise ReasonNeeded(field="reason", most=REASON_MAX_LENGTH)
    question.do(doing)
    return question.done.format(doing.target)


def _feed(name: str, _user: User) -> ReplayFeed:
    feed = ReplayFeed.objects.filter(name=name).first()
    if feed is None:
        raise NoSuchTarget()
    return feed


@row_scope.for_the_platform
def _machine(name: str, _user: User) -> str:
    known = {worker.machine for worker in drains.workers()} | drains.drained_machines()
    if name not in known:
        raise NoSuchTarget()
    return name


def _execution(pk: str, user: User) -> Execution:
    runs = Execution.objects.select_related("version__script")
    try:
        wanted = UUID(pk)
        if not user.is_superuser:
            runs = runs.filter(version__script__tenant=principal_of(user).tenant_id)
    except (ValueError, NoTenant):
        raise NoSuchTarget() from None
    run = runs.filter(pk=wanted).first()
    if run is None:
        raise NoSuchTarget()
    return run


DEEDS: Mapping[str, Question] = {
    "pause-feed": Question(
        title="Pause the feed {}?",
        consequence="No bar comes from it until it is resumed, so nothing that waits for its bars "
        "runs. It goes on at the position at which it stopped; no bar is lost.",
        answer="Yes, pause it",
        done="{} is paused.",
        find=_feed,
        do=lambda d: replay.pause(d.target, acting_user=d.user, now=d.now, reason=d.reason),
    ),
    "resume-feed": Question(
        title="Resume the feed {}?",
        consequence="It goes on from its position, at its pace.",
        answer="Yes, resume it",
        done="{} goes on.",
        find=_feed,
        do=lambda d: replay.resume(d.target, acting_user=d.user, now=d.now, reason=d.reason),
    ),
    "drain-machine": Question(
        title="Drain {}?",
        consequence="Its workers start nothing new. What they run is finished, and then they "
        "stand still until they are resumed, also after a restart. What waits is done by others; "
        "if there are none, it waits.",
        answer="Yes, drain it",
        done="{} starts nothing new.",
        find=_machine,
        do=lambda d: drains.drain_machine(d.target, acting_user=d.user, reason=d.reason, now=d.now),
    ),
    "resume-machine": Question(
        title="Resume {}?",
        consequence="Its workers start to take work again, as soon as they have finished what they "
        "still run.",
        answer="Yes, resume it",
        done="{} takes work again.",
        find=_machine,
        do=lambda d: drains.resume_machine(
            d.target, acting_user=d.user, reason=d.reason, now=d.now
        ),
    ),
    "cancel": Question(
        title="Cancel the run of {}?",
        consequence="It ends now, as cancelled, and nothing that it still puts out counts. What "
        "depends on it is told so. It can be run again from its page in the admin.",
        answer="Yes, cancel it",
        done="The run of {} is cancelled.",
        find=_execution,
        do=lambda d: cancellation.cancel_execution(
            d.target, acting_user=d.user, reason=d.reason, now=d.now
        ),
    ),
}
