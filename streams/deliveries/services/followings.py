"""Which streams go to a destination."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.models import User
from common.errors import Conflict, NotFound
from streams.access import readable_streams
from streams.deliveries.lapses import resume
from streams.deliveries.services.destinations import add_destination, enable_destination
from streams.models import Delivery, DeliveryState, Destination, DestinationKind, Following, Stream


class StreamNotReadable(NotFound):
    """There is no such stream, or it is not yours to read."""

    code = "stream_not_readable"


class TooManyFollowings(Conflict):
    """This destination follows as many streams as one may; add another destination."""

    code = "too_many_followings"


class NoAddressOfYours(Conflict):
    """Your account has no e-mail address; add an e-mail destination with one."""

    code = "no_address_of_yours"


class NotFollowed(NotFound):
    """This destination does not follow that stream."""

    code = "not_followed"


@transaction.atomic
def follow_stream(
    destination: Destination, stream_key: str, *, acting_user: User, now: datetime
) -> Following:
    """Deliver a stream from its next output on; asking twice changes nothing.

    One to which the right had ended goes on, and what was missed is said.

    Raises
    ------
    StreamNotReadable, TooManyFollowings
    """
    readable = readable_streams(destination.owner_id, [stream_key], at=now).get(stream_key)
    if readable is None:
        raise StreamNotReadable(field="stream_key")
    Destination.objects.select_for_update(no_key=True).get(pk=destination.pk)
    following = Following.objects.filter(destination=destination, stream=readable.id).first()
    if following is not None and following.ended_at is None:
        return following
    others = Following.objects.filter(destination=destination, ended_at=None)
    if others.count() >= settings.FOLLOWINGS_MAX:
        raise TooManyFollowings(limit=settings.FOLLOWINGS_MAX)
    if following is None:
        following = Following.objects.create(
            destination=destination,
            stream_id=readable.id,
            cursor_seq=readable.seq,
            told_seq=readable.seq,
            followed_at=now,
        )
    else:
        resume(following, readable)
    _record("stream_followed", destination, stream_key, acting_user, now)
    return following


@transaction.atomic
def unfollow_stream(
    destination: Destination, stream_key: str, *, acting_user: User, now: datetime
) -> None:
    """Deliver nothing more of a stream; what of it alone is on its way is dropped.

    Raises
    ------
    NotFollowed
    """
    Destination.objects.select_for_update(no_key=True).get(pk=destination.pk)
    following = Following.objects.filter(destination=destination, stream__key=stream_key).first()
    if following is None:
        raise NotFollowed(field="stream_key")
    Delivery.objects.filter(
        destination=destination, stream=following.stream_id, state=DeliveryState.PENDING
    ).update(
        state=DeliveryState.DROPPED,
        finished_at=now,
        lease_until=None,
        error="The stream is no longer followed.",
    )
    following.delete()
    _record("stream_unfollowed", destination, stream_key, acting_user, now)


@transaction.atomic
def receive_by_email(
    user: User, streams: Iterable[Stream], *, acting_user: User, now: datetime
) -> Destination:
    """Send streams to the address of somebody's own account, with digests instead of floods.

    Raises
    ------
    NoAddressOfYours, StreamNotReadable, TooManyFollowings, TooManyDestinations
    """
    if not user.email:
        raise NoAddressOfYours()
    own = Destination.objects.select_related("owner").filter(
        owner=user, kind=DestinationKind.EMAIL, address__iexact=user.email
    )
    destination = own.first()
    if destination is None:
        destination, _ = add_destination(
            user,
            kind=DestinationKind.EMAIL,
            name="My mail",
            address=user.email,
            acting_user=acting_user,
            now=now,
        )
    elif not destination.is_enabled and not destination.stopped_by_operator:
        # Whoever asks for mails wants them, whatever ended them before.
        enable_destination(destination, acting_user=acting_user, now=now)
    for stream in streams:
        follow_stream(destination, stream.key, acting_user=acting_user, now=now)
    return destination


def _record(
    event: str, destination: Destination, stream_key: str, acting_user: User, now: datetime
) -> None:
    audit.record(
        event,
        destination,
        chain=audit.chain_of(destination.owner),
        acting_user=acting_user,
        now=now,
        after={"stream_key": stream_key},
    )
