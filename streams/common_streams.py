"""Streams of common indicators for whoever asks: an instrument has its usual ones, others are made.

What was made because somebody asked says when it was last followed. An instrument has so many that
are followed or were made within the hour, for each is computed at every bar and is a row; of these
each user makes a share. What nobody follows any more is forgotten (``streams.retention``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from common import rate_limits, row_scope
from common.errors import InvalidInput
from common.rate_limits import Limit
from streams import keys
from streams.indicators import INDICATORS, USUAL, IndicatorParamsNotValid, complete_params
from streams.keys import CommonKey
from streams.models import Stream
from streams.publishing import make_common_streams

SHARES = 4  # so many users fill an instrument; one alone cannot take it from the others
# Longer than a ticket is good for, and than a follower may be silent before it counts as gone.
FOLLOWED_FOR = timedelta(minutes=2)
MADE_WITHIN = timedelta(hours=1)
NO_INSTRUMENT = "There is no such instrument, or nothing of it is published."
NO_INDICATOR = f"There is no such indicator; there are {', '.join(INDICATORS)}."
CHANNEL_PARAMS = (
    'Name {"indicator": "rsi", "period": 21} or {"indicators": ["rsi", "macd:fast-5"]}.'
)
SPELLED = "The key of this indicator is {key}."


@dataclass
class Asked:
    """What was found or made of the streams that were asked for, and why not the others, by key."""

    streams: dict[str, Stream] = field(default_factory=dict)
    denied: dict[str, str] = field(default_factory=dict)


def common_key(instrument_key: str, indicator: str, given: Mapping[str, Any]) -> CommonKey:
    """Return the key of an indicator, with the params that are not given.

    Raises
    ------
    streams.indicators.IndicatorParamsNotValid
        The params are not those of the indicator, or out of bounds.
    """
    return CommonKey(instrument_key, indicator, complete_params(indicator, given))


def read_common_key(text: str) -> CommonKey | None:
    """Return what a text names as the key of a common indicator, or None if it is no such key."""
    if not text.startswith("common:"):
        return None
    try:
        key = keys.parse(text)
    except InvalidInput:
        return None
    return key if isinstance(key, CommonKey) else None


def usual_keys(instrument_key: str) -> list[CommonKey]:
    """Return the keys of the indicators that every instrument has."""
    return [common_key(instrument_key, name, {}) for name in USUAL]


def keys_of_channel(instrument_key: str, params: Mapping[str, Any]) -> list[CommonKey]:
    """Return the keys of what the params of the older protocol's channel mean.

    ``{"indicator": "rsi", "period": 21}`` is one; ``{"indicators": ["rsi", "macd:fast-5"]}`` are
    several; without either the usual ones are meant.

    Raises
    ------
    streams.indicators.IndicatorParamsNotValid, streams.keys.InvalidStreamKey
        Saying what is not understood.
    """
    given = dict(params)
    if not given:
        return usual_keys(instrument_key)
    named = given.pop("indicators", None)
    if named is None:
        return [_key_named(instrument_key, given.pop("indicator", None), given)]
    if given or not isinstance(named, list) or not all(isinstance(one, str) for one in named):
        raise IndicatorParamsNotValid(CHANNEL_PARAMS)
    return [
        _key_named(instrument_key, name, keys.read_params(written))
        for name, _, written in (one.partition(":") for one in named)
    ]


def _key_named(instrument_key: str, name: Any, given: Mapping[str, Any]) -> CommonKey:
    if name is None:
        raise IndicatorParamsNotValid(CHANNEL_PARAMS)
    if not isinstance(name, str) or name not in INDICATORS:
        raise IndicatorParamsNotValid(NO_INDICATOR)
    return common_key(instrument_key, name, given)


def ask_for_keys(texts: Iterable[str], *, user_id: int, now: datetime) -> dict[str, str]:
    """Make the streams that some keys of indicators name, and return why not, by key.

    Whatever else the texts are is left alone: what is said of them depends on who asks.
    """
    read = {text: read_common_key(text) for text in texts}
    named = {text: key for text, key in read.items() if key and key.indicator in INDICATORS}
    denied = {text: reason for text, key in named.items() if (reason := _reason_against(key, text))}
    wanted = [key for text, key in named.items() if text not in denied]
    return denied | ask_for_common(wanted, user_id=user_id, now=now).denied if wanted else denied


@row_scope.for_the_platform
@transaction.atomic
def ask_for_common(wanted: Collection[CommonKey], *, user_id: int, now: datetime) -> Asked:
    """Return the streams of indicators that a user wants to follow, made where there are none.

    Their rows are everybody's; whoever makes them uses up a share.
    """
    asked = Asked()
    by_instrument: dict[str, dict[str, CommonKey]] = {}
    for one in wanted:
        text = keys.make(one)
        reason = _reason_against(one, text)
        if reason:
            asked.denied[text] = reason
        else:
            by_instrument.setdefault(one.instrument, {})[text] = one
    for instrument_key in sorted(by_instrument):
        wanted_here = by_instrument[instrument_key]
        _ask_on(instrument_key, wanted_here, asked, user_id=user_id, now=now)
    return asked


def _reason_against(key: CommonKey, text: str) -> str:
    if key.indicator not in INDICATORS:
        return NO_INDICATOR
    try:
        usual = keys.make(common_key(key.instrument, key.indicator, key.params))
    except InvalidInput as error:
        return error.message
    return "" if usual == text else SPELLED.format(key=usual)


def _ask_on(
    instrument_key: str,
    wanted: Mapping[str, CommonKey],
    asked: Asked,
    *,
    user_id: int,
    now: datetime,
) -> None:
    followed_since = now - FOLLOWED_FOR
    standing = _standing(wanted, since=followed_since)
    if len(standing) < len(wanted):
        if not Stream.objects.filter(key=_price_of(instrument_key)).exists():
            asked.denied |= dict.fromkeys(wanted, NO_INSTRUMENT)
            return
        _one_at_a_time(instrument_key)
        standing = _standing(wanted, since=followed_since)
        others = [key for key in wanted if key not in standing]
        refused = _refused(instrument_key, others, user_id=user_id, now=now)
        given = {key: wanted[key] for key in others if key not in refused}
        standing |= _given_place(given, now=now)
        asked.denied |= dict.fromkeys(given.keys() - standing.keys(), NO_INSTRUMENT) | refused
    asked.streams |= {key: standing[key] for key in wanted if key in standing}


def _refused(
    instrument_key: str, wanted: Collection[str], *, user_id: int, now: datetime
) -> dict[str, str]:
    """Return which of the streams that are not followed get no place, and why."""
    on_demand = Stream.objects.filter(instrument_key=instrument_key, followed_at__isnull=False)
    is_counted = Q(followed_at__gt=now - FOLLOWED_FOR) | Q(created_at__gt=now - MADE_WITHIN)
    counted = set(on_demand.filter(is_counted).values_list("key", flat=True))
    rows = set(on_demand.filter(key__in=wanted).values_list("key", flat=True))
    room = max(settings.COMMON_STREAMS_FOLLOWED_MAX - len(counted), 0)
    more = [key for key in wanted if key not in counted]
    refused = dict.fromkeys(more[room:], _full(instrument_key))
    for key in more[:room]:
        if key not in rows and not _has_share(user_id, instrument_key):
            refused[key] = _used_up(instrument_key)
    return refused


def _has_share(user_id: int, instrument_key: str) -> bool:
    share = Limit("indicators_made", _share(), int(MADE_WITHIN.total_seconds()))
    return rate_limits.take(share, f"user:{user_id}:{instrument_key}").allowed


def _share() -> int:
    share: int = settings.COMMON_STREAMS_FOLLOWED_MAX // SHARES
    return max(share, 1)


def _standing(wanted: Collection[str], *, since: datetime) -> dict[str, Stream]:
    found = Stream.objects.filter(key__in=list(wanted))
    return {stream.key: stream for stream in found if _is_followed(stream, since=since)}


def _is_followed(stream: Stream, *, since: datetime) -> bool:
    return stream.public and (stream.followed_at is None or stream.followed_at > since)


def _given_place(wanted: Mapping[str, CommonKey], *, now: datetime) -> dict[str, Stream]:
    # One that is forgotten at this moment is locked until it is gone; then it is made again.
    Stream.objects.filter(key__in=list(wanted), public=True).update(followed_at=now)
    return make_common_streams(list(wanted.values()), followed_at=now)


def _one_at_a_time(instrument_key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"common:{instrument_key}"]
        )


def _price_of(instrument_key: str) -> str:
    return keys.make(keys.PublicKey(instrument_key, keys.PUBLIC_INDICATORS[0]))


def _full(instrument_key: str) -> str:
    return (
        f"{settings.COMMON_STREAMS_FOLLOWED_MAX} streams of indicators that were asked for are "
        f"followed on {instrument_key}, or were made within the hour, which is the most at once; "
        "follow one of the usual ones, or try again when some are followed no longer."
    )


def _used_up(instrument_key: str) -> str:
    return (
        f"You have asked for {_share()} new streams of indicators on {instrument_key} within the "
        "hour, which is a user's share; follow those that there are, or try again later."
    )


def note_followed(streams: Iterable[Stream], *, now: datetime) -> None:
    """Keep in mind that streams are followed, for those that are forgotten otherwise."""
    made = [stream.pk for stream in streams if stream.followed_at is not None]
    if made:
        Stream.objects.filter(pk__in=made).update(followed_at=now)
