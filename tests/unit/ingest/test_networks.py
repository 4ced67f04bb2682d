"""From which addresses a producer may send."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.networks import InvalidNetwork, NetworkNotAllowed, read_networks, require_allowed

TRADING = ["52.89.214.238/32", "203.0.113.0/24", "2001:db8::/32"]


@pytest.mark.parametrize(
    "address", ["52.89.214.238", "203.0.113.255", "2001:db8::7", "::ffff:203.0.113.9"]
)
def test_a_sender_from_a_listed_network_is_let_in(address: str) -> None:
    require_allowed(address, TRADING)


@pytest.mark.parametrize("address", ["52.89.214.239", "2001:db9::7", "", "unix:", "203.0.113.0/24"])
def test_nobody_else_is_let_in(address: str) -> None:
    with pytest.raises(NetworkNotAllowed):
        require_allowed(address, TRADING)


def test_without_a_list_everybody_is_let_in() -> None:
    require_allowed("", [])


def test_networks_are_kept_once_in_their_usual_spelling() -> None:
    given = [" 52.89.214.238 ", "203.0.113.0/255.255.255.0", "2001:DB8::/32", "52.89.214.238/32"]

    assert read_networks(given) == TRADING


@pytest.mark.parametrize(
    "networks",
    [["203.0.113.7/24"], ["everywhere"], [1], [None], "203.0.113.7", {}, ["1.1.1.1"] * 65],
)
def test_what_is_no_network_is_refused(networks: Any) -> None:
    with pytest.raises(InvalidNetwork) as error:
        read_networks(networks)

    assert error.value.details == {"field": "allowed_networks"}
