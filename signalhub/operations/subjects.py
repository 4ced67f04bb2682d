"""What deeds are done to, found by what an address says, as far as somebody may know of it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from accounts.models import User
from accounts.platform import require_platform_operator
from accounts.principals import NoTenant, principal_of
from common import row_scope
from execution.models import DeadLetter, DeadLetterKind, Execution, Hold, HoldKind
from execution.services import dead_letters, drains, holds
from execution.services.hold_targets import Target
from execution.services.holds import Reach
from market.models import ReplayFeed
from signalhub.operations.questions import NothingThere
from streams.models import Destination


@dataclass(frozen=True, kw_only=True)
class Stop:
    """What a hold would be of, and what that would end."""

    aim: Target
    reach: Reach

    def __str__(self) -> str:
        return self.aim.name or "everything"


def feed(name: str, user: User) -> ReplayFeed:
    """Return a replay by its name, to whoever may steer it."""
    require_platform_operator(user)
    feed = ReplayFeed.objects.filter(name=name).first()
    if feed is None:
        raise NothingThere()
    return feed


@row_scope.for_the_platform
def machine(name: str, user: User) -> str:
    """Return a machine that was heard of, or that is drained, to whoever may say so."""
    require_platform_operator(user)
    known = {worker.machine for worker in drains.workers()} | drains.drained_machines()
    if name not in known:
        raise NothingThere()
    return name


def execution(pk: str, user: User) -> Execution:
    """Return a run of the house that somebody operates."""
    runs = Execution.objects.select_related("version__script")
    if not user.is_superuser:
        try:
            runs = runs.filter(version__script__tenant=principal_of(user).tenant_id)
        except NoTenant:
            raise NothingThere() from None
    run = runs.filter(pk=_uuid(pk)).first()
    if run is None:
        raise NothingThere()
    return run


def script_to_stop(target: str, user: User) -> Stop:
    """Return what holding a script would end."""
    return _stop(HoldKind.SCRIPT, target, user)


def house_to_stop(target: str, user: User) -> Stop:
    """Return what holding a house would end."""
    return _stop(HoldKind.TENANT, target, user)


def everything_to_stop(target: str, user: User) -> Stop:
    """Return what holding everything would end."""
    return _stop(HoldKind.EVERYTHING, "", user)


def standing_hold(target: str, user: User) -> Hold:
    """Return a hold that somebody may lift."""
    hold = holds.open_holds(user).filter(pk=_uuid(target), lifted_at=None).first()
    if hold is None:
        raise NothingThere()
    return hold


def letter(target: str, user: User) -> DeadLetter:
    """Return a dead letter, but of an entry, that nobody has decided about."""
    return _letter(target, user, is_entry=False)


def entry(target: str, user: User) -> DeadLetter:
    """Return an entry of a feed that nobody has decided about, to whoever may decide."""
    require_platform_operator(user)
    return _letter(target, user, is_entry=True)


def destination(target: str, user: User) -> Destination:
    """Return where somebody of the operator's house has things sent."""
    found = Destination.objects.select_related("owner").filter(pk=_uuid(target)).first()
    if found is None:
        raise NothingThere()
    return found


def _letter(target: str, user: User, *, is_entry: bool) -> DeadLetter:
    found = dead_letters.open_to(user).filter(pk=_uuid(target), resolution="").first()
    if found is None or (found.kind == DeadLetterKind.ENTRY) != is_entry:
        raise NothingThere()
    return found


def _stop(kind: HoldKind, target: str, user: User) -> Stop:
    aim, reach = holds.reach_for(kind, target, acting_user=user)
    return Stop(aim=aim, reach=reach)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NothingThere() from None
