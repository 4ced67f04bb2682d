"""Which streams somebody may follow who asks for them by type, and why not the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from common.errors import InvalidInput
from registry import product_access
from registry.product_access import require_right
from registry.services.execution_tokens import admit_to_streams
from streams import queries
from streams.common_streams import NO_INDICATOR, NO_INSTRUMENT, ask_for_common, common_key
from streams.deliveries.services.followings import receive_by_email
from streams.history import require_usable
from streams.indicators import INDICATORS, USUAL, IndicatorParamsNotValid
from streams.keys import PUBLIC_INDICATORS, CommonKey, PublicKey, read_params
from streams.keys import make as key_of
from streams.models import Stream

SIGNAL_TYPES = ("public", "common", "marketplace", "personal")
NO_PRICE = f"There is no such stream; public ones are {', '.join(PUBLIC_INDICATORS)}."
NEEDS_TOKEN = "Name the product_id and send an execution_token for its streams."


class EmailNotOffered(InvalidInput):
    """Only outputs of scripts and products are sent by e-mail; name one, or leave this out."""

    code = "email_not_offered"


@dataclass
class Choice:
    """What may be followed of all that was asked for."""

    streams: dict[str, Stream] = field(default_factory=dict)
    denied: dict[str, str] = field(default_factory=dict)

    @property
    def allowed(self) -> list[str]:
        """Return the keys of what may be followed."""
        return list(self.streams)

    @property
    def asked(self) -> list[str]:
        """Return the keys of everything that was asked for."""
        return [*self.streams, *self.denied]

    def allow(self, streams: list[Stream]) -> None:
        """Add streams that may be followed, each once."""
        self.streams |= {stream.key: stream for stream in streams}


@transaction.atomic
def choose(wanted: dict[str, Any], user: User, *, now: datetime) -> Choice:
    """Return which of the wanted streams a user may follow, and send them by e-mail if wanted.

    Raises
    ------
    NoSuchScript, NotEntitled, TierTooLow, ExecutionTokenNotValid, NoStream
        The script or product that is named by its id is not for the user, or has no stream here.
    EmailNotOffered, NoAddressOfYours, TooManyFollowings, TooManyDestinations
        It cannot be sent by e-mail; then nothing was done, and a token stays unused.
    """
    choice = _chosen(wanted, user, now=now)
    if wanted.get("receive_email"):
        sent = [stream for stream in choice.streams.values() if not stream.public]
        if not sent:
            raise EmailNotOffered(field="receive_email")
        receive_by_email(user, sent, acting_user=user, now=now)
    return choice


def _chosen(wanted: dict[str, Any], user: User, *, now: datetime) -> Choice:
    choice = Choice()
    types = _types(wanted)
    if "public" in types:
        _choose_public(choice, wanted)
    if "common" in types:
        _choose_common(choice, wanted, now=now)
    if "personal" in types:
        choice.allow(_of_scripts(wanted, user, now=now))
    if "product_id" in wanted:
        choice.allow(_of_product(wanted, user, now=now))
    elif "marketplace" in types:
        choice.denied |= dict.fromkeys(_sold(wanted, user, now=now), NEEDS_TOKEN)
    return choice


def _types(wanted: dict[str, Any]) -> set[str]:
    by_id = {"personal_signal_id": "personal", "product_id": "marketplace"}
    named = {kind for name, kind in by_id.items() if name in wanted}
    return named | set(wanted.get("signal_types", () if named else ("common",)))


def _choose_public(choice: Choice, wanted: dict[str, Any]) -> None:
    instrument, indicators = wanted["instrument"], wanted.get("indicators")
    # What is an indicator of the other type is asked for there.
    elsewhere = INDICATORS if "common" in _types(wanted) else ()
    names = [name for name in indicators or PUBLIC_INDICATORS if _name_of(name) not in elsewhere]
    streams = {stream.key: stream for stream in queries.public_streams(instruments=[instrument])}
    for name in dict.fromkeys(names):
        key = key_of(PublicKey(instrument, name))
        if key in streams:
            choice.allow([streams[key]])
        else:
            choice.denied[key] = NO_INSTRUMENT if name in PUBLIC_INDICATORS else NO_PRICE


def _choose_common(choice: Choice, wanted: dict[str, Any], *, now: datetime) -> None:
    instrument = wanted["instrument"]
    elsewhere = PUBLIC_INDICATORS if "public" in _types(wanted) else ()
    asked_for: list[CommonKey] = []
    for text in dict.fromkeys(wanted.get("indicators") or USUAL):
        name = _name_of(text)
        if name in elsewhere:
            continue
        if name not in INDICATORS:
            choice.denied[key_of(CommonKey(instrument, name))] = NO_INDICATOR
            continue
        given = read_params(text.partition(":")[2])
        try:
            asked_for.append(common_key(instrument, name, given))
        except IndicatorParamsNotValid as error:
            choice.denied[key_of(CommonKey(instrument, name, given))] = error.message
    asked = ask_for_common(asked_for, now=now)
    choice.allow(list(asked.streams.values()))
    choice.denied |= asked.denied


# An indicator may come with its params, spelled as in a key: rsi:period-21.
def _name_of(text: str) -> str:
    return text.partition(":")[0]


def _of_scripts(wanted: dict[str, Any], user: User, *, now: datetime) -> list[Stream]:
    if "personal_signal_id" not in wanted:
        own = product_access.scripts_in_own_right(user, at=now)
        return list(queries.streams_of(own, instruments=[wanted["instrument"]]))
    script = require_usable(user, wanted["personal_signal_id"], at=now)
    subscription = require_right(user.pk, script.pk, at=now)
    return queries.require_streams(
        script,
        wanted["instrument"],
        wanted.get("timeframe"),
        wanted.get("params"),
        product_id=subscription.product_id if subscription else None,
    )


def _of_product(wanted: dict[str, Any], user: User, *, now: datetime) -> list[Stream]:
    # In the caller's transaction: while there is nothing to follow, the token stays unused.
    subscription = admit_to_streams(
        wanted["execution_token"],
        product_id=str(wanted["product_id"]),
        acting_user=user,
        now=now,
    )
    product = subscription.product
    return queries.require_streams(
        product.script,
        wanted["instrument"],
        wanted.get("timeframe"),
        wanted.get("params"),
        product_id=product.pk,
    )


def _sold(wanted: dict[str, Any], user: User, *, now: datetime) -> list[str]:
    standing = product_access.subscriptions_in_force(at=now).filter(user=user)
    products = list(standing.values_list("product_id", flat=True))
    found = queries.streams_of_products(products, instruments=[wanted["instrument"]])
    return [stream.key for stream, _ in found]
