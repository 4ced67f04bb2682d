"""How a deed is asked about: what follows from it, what it is done to, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from common.errors import InvalidInput, NotFound

REASON_MAX_LENGTH = 300


class ReasonNeeded(InvalidInput):
    """Say why, in a few words: it stands in the audit trail."""

    code = "reason_needed"


class NothingThere(NotFound):
    """There is no such thing to do this to, or you may not know of it."""

    code = "nothing_there"


@dataclass(frozen=True, kw_only=True)
class Doing:
    """One request to do something: to what, by whom, why and when."""

    target: Any
    user: User
    reason: str
    now: datetime


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked before something is done; ``{}`` stands for its target.

    A second one in ``done`` stands for what doing it returned.
    """

    title: str
    consequence: str
    answer: str
    done: str
    find: Callable[[str, User], Any]
    do: Callable[[Doing], object]
