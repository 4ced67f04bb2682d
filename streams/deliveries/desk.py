"""The part of the process that keeps books: plans, takes, hands over, and writes down.

It alone talks to the database, over one connection. Rights are asked for here, just before
something is handed over, so that nothing is sent to somebody whose right has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError

from common.circuit_breakers import Breaker, BreakerOpen, breaker
from common.errors import SignalHubError, Unavailable
from streams.deliveries import claims, contents, hosts, lapses, packing
from streams.deliveries.claims import Claim
from streams.deliveries.contents import OutputsGone, RightToOutputsEnded
from streams.deliveries.courier import Courier
from streams.deliveries.digests import quiet_until
from streams.deliveries.outcomes import Outcome
from streams.deliveries.planning import plan_deliveries, plan_for, quiet_hours_of
from streams.deliveries.settling import drop_delivery, settle_delivery
from streams.models import Delivery, DeliveryKind

LOST_DATABASE = (OperationalError, InterfaceError)
# They were just asked for, or are no outputs of the owner's streams.
HEARD_AT_ANY_TIME = (DeliveryKind.TEST, DeliveryKind.NOTICE, DeliveryKind.CONFIRMATION)
OUR_TROUBLE_SECONDS = 30.0  # until something is tried again that we could not say
log = structlog.get_logger(__name__)


class HostTrouble(Unavailable):
    """This receiver's machine does not take what is sent to it."""

    code = "receiver_in_trouble"


@dataclass
class Desk:
    """What one process has under way."""

    courier: Courier
    breaker_of: Callable[[str], Breaker] = breaker
    _held: dict[UUID, tuple[Claim, ExitStack]] = field(default_factory=dict, init=False)

    @property
    def under_way(self) -> int:
        """Return how many attempts have not come back yet."""
        return len(self._held)

    def plan(self, stream_ids: Collection[int] | None, *, now: datetime) -> None:
        """Make the deliveries that outputs make due; None: of all streams, and look who is back."""
        if stream_ids is None:
            lapses.resume_followings(now=now)
        plan_deliveries(stream_ids, now=now)

    def hand_over(self, *, now: datetime) -> int:
        """Take what is due and there is room for, hand it over, and return how much that was."""
        held = [claim for claim, _ in self._held.values()]
        free = settings.DELIVERY_SLOTS - len(held)
        taken = claims.claim_deliveries(held, slots=free, now=now)
        for delivery in taken:
            self._begin(delivery, now=now)
        return len(taken)

    def renew(self, *, now: datetime) -> None:
        """Say that what is under way is being worked on."""
        claims.renew_leases([claim for claim, _ in self._held.values()], now=now)

    def settle(self, claim: Claim, outcome: Outcome, *, now: datetime) -> None:
        """Write down what came of an attempt, and go on with what waited for it."""
        _, guard = self._held.pop(claim.delivery_id, (claim, ExitStack()))
        trouble = HostTrouble(outcome.error) if outcome.blames_host else None
        # The breaker learns it as if the call had been made here.
        guard.__exit__(type(trouble) if trouble else None, trouble, None)
        if settle_delivery(claim, outcome, now=now):
            plan_for(claim.destination_id, now=now)

    def _begin(self, delivery: Delivery, *, now: datetime) -> None:
        claim = claims.claim_of(delivery)
        ended = [one["stream"] for one in delivery.ranges]
        try:
            quiet = _quiet_until(delivery, now=now)
            if quiet is not None:
                _keep_quiet(claim, quiet, now=now)
                return
            content = contents.content_of(delivery, delivery.destination, now=now)
            if content.ended:
                lapses.leave_out(claim, delivery, content.ended)
                lapses.end_followings(delivery.destination, content.ended, now=now)
            parcel = packing.parcel_of(delivery, delivery.destination, content, now=now)
            guard = ExitStack()
            name = hosts.breaker_name(claim.host, house=claim.house)
            guard.enter_context(self.breaker_of(name).guarding())
        except RightToOutputsEnded as error:
            drop_delivery(claim, error.message, ended=ended, now=now)
        except OutputsGone as error:
            drop_delivery(claim, error.message, ended=(), now=now)
            plan_for(claim.destination_id, now=now)
        except SignalHubError as error:
            self._put_off(claim, error, now=now)
        except LOST_DATABASE:
            raise
        except Exception as error:
            # A fault of ours in one message must not stop all others: it goes the way of failures.
            log.exception("delivery_not_made", delivery=str(claim.delivery_id))
            said = f"It could not be made: {type(error).__name__}."
            settle_delivery(claim, Outcome(delivered=False, error=said), now=now)
        else:
            self._held[claim.delivery_id] = (claim, guard)
            self.courier.send(claim, parcel)

    def _put_off(self, claim: Claim, error: SignalHubError, *, now: datetime) -> None:
        seconds = OUR_TROUBLE_SECONDS
        if isinstance(error, BreakerOpen):
            seconds = float(error.details.get("retry_after_seconds", seconds))
        log.warning("delivery_put_off", delivery=str(claim.delivery_id), code=error.code)
        outcome = Outcome(delivered=False, error=error.message, put_off_seconds=seconds)
        settle_delivery(claim, outcome, now=now)


def _quiet_until(delivery: Delivery, *, now: datetime) -> datetime | None:
    # Whatever it waited for: a delivery that was made before may be due in the quiet hours.
    if delivery.kind in HEARD_AT_ANY_TIME:
        return None
    return quiet_until(quiet_hours_of(delivery.destination), now=now)


def _keep_quiet(claim: Claim, until: datetime, *, now: datetime) -> None:
    said = f"These are its quiet hours; it is sent when they end, at {until:%H:%M %Z}."
    seconds = (until - now).total_seconds()
    outcome = Outcome(delivered=False, error=said, put_off_seconds=seconds)
    settle_delivery(claim, outcome, now=now)
