"""Prepares an empty database for a run, and prints as JSON what the run has to know.

Run as a program of its own: ``python -m tests.faults.realtime.seed``.
"""

from __future__ import annotations

import json
import os
from datetime import timedelta
from typing import Any

import django
from django.core.management import call_command

from tests.faults.realtime.ticks import INSTRUMENTS, START

CLOSE = 'emit_signal({"value": float(get_market_data(bars=1)["close"].iloc[-1])})\n'
TWICE = 'emit_signal({"value": 2 * get_script_output("%s")["value"]})\n'


def main() -> None:
    """Migrate; make a house, two scripts of which one needs the other, and subscriptions."""
    os.environ["DATABASE_SCOPE"] = "platform"
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    print(json.dumps(seed()))


def seed() -> dict[str, Any]:
    """Return the subscriber's key and the stream keys of both scripts."""
    # Models can be imported from here on.
    from accounts.models import Role
    from accounts.services.api_keys import issue_api_key
    from common.clock import utc_now
    from execution.services.requests import RunRequest
    from execution.services.subscriptions import subscribe
    from market.bars import NewBar
    from market.services.bars import record_bars
    from tests import factories
    from tests.market.prices import make_instrument

    house = factories.make_tenant("Alpha Desk")
    ada = factories.make_user("ada", tenant=house, roles=[Role.AUTHOR])
    rita = factories.make_user("rita", tenant=house, roles=[Role.REVIEWER])
    sam = factories.make_user("sam", tenant=house, roles=[Role.SUBSCRIBER])
    close = factories.make_published_version(ada, rita, name="Close", source=CLOSE)
    twice = factories.make_published_version(
        ada,
        rita,
        name="Twice",
        source=TWICE % close.script_id,
        manifest={"depends_on": [f"{close.script_id}@{close.version}"]},
    )
    for version in (close, twice):
        factories.make_entitlement(version.script, sam)
    keys: dict[str, dict[str, str]] = {"close": {}, "twice": {}}
    for instrument in INSTRUMENTS:
        make_instrument(instrument)
        opened_at = START - timedelta(minutes=1)
        bar = NewBar(
            instrument_key=instrument,
            timeframe="1m",
            opened_at=opened_at,
            open=100.0,
            high=100.0,
            low=100.0,
            close=100.0,
            volume=1.0,
        )
        record_bars([bar], now=utc_now())
        for name, version in (("close", close), ("twice", twice)):
            request = RunRequest(instrument_key=instrument, timeframe="1m")
            _, stream = subscribe(version.script, request, acting_user=sam, now=utc_now())
            keys[name][instrument] = stream.key
    _, token = issue_api_key(sam, name="fault run", acting_user=sam, now=utc_now())
    return {"producers": {}, "token": token, "keys": keys}


if __name__ == "__main__":
    main()
