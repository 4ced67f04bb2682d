"""Where webhooks may go."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from streams.deliveries import targets
from streams.deliveries.targets import ForbiddenTarget, TargetPolicy, UnusableUrl, read_url

STRICT = TargetPolicy()
LOCAL = TargetPolicy(require_tls=False, allowed_networks=("127.0.0.0/8", "::1/128"))
INSIDE = (
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.254",
    "192.168.1.1",
    "169.254.169.254",  # metadata of most clouds
    "168.63.129.16",
    "100.64.0.1",
    "100.100.100.200",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::7f00:1",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2001::1",
    "2001:db8::1",
    "fec0::1",
)


@pytest.mark.parametrize("text", INSIDE)
def test_an_address_that_is_nobodys_on_the_internet_is_refused(text: str) -> None:
    spelled = f"[{text}]" if ":" in text else text

    with pytest.raises(ForbiddenTarget):
        read_url(f"https://{spelled}/", STRICT)
    target = read_url("https://example.com/", STRICT)
    for others in ([], [ip_address("93.184.216.34")]):
        with pytest.raises(ForbiddenTarget):
            targets.require_reachable(target, [*others, ip_address(text)], STRICT)


@pytest.mark.parametrize("text", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946"])
def test_an_address_of_the_internet_is_taken(text: str) -> None:
    target = read_url("https://example.com/", STRICT)

    targets.require_reachable(target, [ip_address(text)], STRICT)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "https://",
        "https:///hooks",
        "//example.com/",
        "example.com/hooks",
        "https://user:password@example.com/",
        "https://example.com@127.0.0.1/",
        "https://example.com\\@127.0.0.1/",
        "https://exa mple.com/",
        "https://example.com/\r\nHost: inside",
        "https://example.com:22/",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://example.com:443x/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://[::1/",
        "https://[::1%25lo]/",
        "https://ex_ample.com/",
        "https://-example.com/",
        "https://éxample.com/",
        "https://" + "a" * 64 + ".com/",
        "https://example.com/" + "a" * 2000,
    ],
)
def test_a_url_of_another_shape_is_refused(url: str) -> None:
    with pytest.raises((UnusableUrl, ForbiddenTarget)):
        read_url(url, STRICT)


def test_a_url_is_taken_apart_and_connected_to_by_address() -> None:
    target = read_url("https://Hooks.Example.com.:8443/a/b?c=d#e", STRICT)

    assert target.place == "hooks.example.com:8443"
    assert target.host_header == "hooks.example.com:8443"
    assert target.url_at(ip_address("93.184.216.34")) == "https://93.184.216.34:8443/a/b?c=d"
    assert target.url_at(ip_address("2606::1")) == "https://[2606::1]:8443/a/b?c=d"
    assert read_url("https://example.com", STRICT).host_header == "example.com"


def test_what_is_allowed_here_is_excepted_and_nothing_beside_it() -> None:
    read_url("http://127.0.0.1:9000/", LOCAL)
    read_url("http://[::1]:9000/", LOCAL)
    named = read_url("http://localhost:9000/", LOCAL)

    targets.require_reachable(named, [ip_address("127.0.0.1")], LOCAL)
    with pytest.raises(ForbiddenTarget):
        targets.require_reachable(named, [ip_address("127.0.0.1"), ip_address("10.0.0.1")], LOCAL)
    with pytest.raises(UnusableUrl):
        targets.require_reachable(named, [ip_address("8.8.8.8")], LOCAL)


def test_addresses_are_tried_once_each_and_those_of_ipv4_first() -> None:
    found = targets.in_order(["2606::1", "8.8.8.8", "8.8.8.8", "fe80::1%eth0"])

    assert [str(one) for one in found] == ["8.8.8.8", "2606::1", "fe80::1"]
