"""What the demo's marketplace holds, and that making it twice changes nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from common.clock import utc_now
from market.models import Instrument, InstrumentKind
from registry import product_access
from registry.models import Product, Script
from signalhub.demo import products
from tests import factories

CANARY = "canary-of-the-house"


@pytest.fixture
def script(ada: User, rita: User) -> Script:
    return factories.make_published_version(ada, rita, manifest={"runtime_mode": "realtime"}).script


@pytest.fixture
def instruments(db: None) -> datetime:
    now = utc_now()
    for key in products.WATCHED_BY_BUYER:
        Instrument.objects.create(
            key=key,
            name=key,
            kind=InstrumentKind.EQUITY,
            currency="USD",
            exchange="NYSE",
            timezone="America/New_York",
            created_at=now,
        )
    return now


@pytest.mark.usefixtures("instruments")
def test_a_product_is_sold_to_the_other_house_and_one_is_kept_private(
    script: Script, carol: User, mallory: User
) -> None:
    for _ in range(2):
        offered = products.offer(script)
        hidden = products.keep_private(script, CANARY)
        subscription = products.buy(offered, carol)

    later = utc_now() + timedelta(seconds=1)
    assert Product.objects.count() == 2
    assert subscription.user == carol
    assert {stream.key for stream in offered.streams.all()} == {
        f"marketplace:{offered.pk}:{instrument}:{offered.signal_name}:default"
        for instrument in products.WATCHED_BY_BUYER
    }
    for outsider in (carol, mallory):
        visible = product_access.products_visible_to(outsider, at=later)
        assert hidden not in visible
        assert offered in visible
