"""Instruments whose prices are made up, and that no made-up price reaches any other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from common.errors import Conflict, InvalidInput
from market.feeds.simulated import EXCHANGE
from market.models import Instrument, InstrumentKind


class NotSimulated(Conflict):
    """This instrument has real prices; made-up ones would be taken for them."""

    code = "not_simulated"


class NoInstrumentKey(InvalidInput):
    """The key of an instrument has capitals, digits and . _ - only."""

    code = "no_instrument_key"


@transaction.atomic
def prepare_simulated(keys: Sequence[str], *, now: datetime) -> None:
    """Make simulated instruments that are not there yet.

    Raises
    ------
    NotSimulated
        One of them is there and is a real one.
    NoInstrumentKey
        One of them is no key.
    """
    for key in keys:
        _require_key(key)
        instrument, _ = Instrument.objects.get_or_create(
            key=key,
            defaults={
                "name": f"Simulated {key}",
                "kind": InstrumentKind.CRYPTO,
                "currency": "USD",
                "exchange": EXCHANGE,
                "timezone": "UTC",
                "created_at": now,
            },
        )
        if instrument.exchange != EXCHANGE:
            raise NotSimulated(f"{key} has real prices; made-up ones would be taken for them.")


def _require_key(key: str) -> None:
    try:
        Instrument._meta.get_field("key").run_validators(key)
    except ValidationError:
        raise NoInstrumentKey(f"{key!r} is no key: capitals, digits and . _ - only.") from None
