"""What an address is for, in every form it can be hidden in, and where a typed endpoint may lead."""

from __future__ import annotations

import ipaddress
import random
from ipaddress import IPv4Address, IPv6Address

import pytest

from playground.core.addresses import Kind, Reach, host_name, kind_of, not_allowed, reach_of
from playground.core.errors import NotAllowed

V4: tuple[tuple[str, Kind], ...] = (
    ("8.8.8.8", "public"),
    ("172.15.255.255", "public"),
    ("172.32.0.0", "public"),
    ("100.63.255.255", "public"),
    ("100.128.0.0", "public"),
    ("168.63.129.17", "public"),
    ("10.0.0.1", "private"),
    ("172.16.0.1", "private"),
    ("172.31.255.255", "private"),
    ("192.168.1.1", "private"),
    ("100.64.0.1", "private"),
    ("198.18.0.1", "private"),
    ("127.0.0.1", "loopback"),
    ("127.255.255.254", "loopback"),
    ("0.0.0.0", "unspecified"),
    ("0.0.0.1", "reserved"),
    ("192.0.2.1", "reserved"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.255", "reserved"),
    ("224.0.0.251", "multicast"),
    ("169.254.0.1", "link-local"),
    ("169.254.169.254", "metadata"),
    ("169.254.170.2", "metadata"),
    ("100.100.100.200", "metadata"),
    ("168.63.129.16", "metadata"),
    ("192.0.0.192", "metadata"),
)


@pytest.mark.parametrize(("address", "kind"), V4)
def test_an_ipv4_address_is_known_by_its_network(address: str, kind: Kind) -> None:
    assert kind_of(address) == kind
    assert kind_of(IPv4Address(address)) == kind


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("2606:4700:4700::1111", "public"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::1%lo", "loopback"),
        ("fd12:3456::1", "private"),
        ("fc00::1", "private"),
        ("fec0::1", "private"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("ff02::1", "multicast"),
        ("fd00:ec2::254", "metadata"),
        ("fd00:ec2::23", "metadata"),
        ("fd20:ce::254", "metadata"),
        ("fd00:42::42", "metadata"),
        ("2001:db8::1", "reserved"),
        ("2001:10::1", "reserved"),
        ("3fff::1", "reserved"),
        ("100::1", "reserved"),
        ("4000::1", "reserved"),
    ],
)
def test_an_ipv6_address_is_known_by_its_network(address: str, kind: Kind) -> None:
    assert kind_of(address) == kind


def hidden(inner: str) -> dict[str, IPv6Address]:
    """Every way in which an IPv4 address stands in an IPv6 address that leads to it."""
    value = int(IPv4Address(inner))

    def at(network: str, above: int = 0, flip: int = 0) -> IPv6Address:
        return IPv6Address(int(IPv6Address(network)) | (value ^ flip) << above)

    # A Teredo server's own address; a public one where the client's is what is hidden.
    server = int(IPv4Address("8.8.8.8")) << 64
    return {
        "mapped": at("::ffff:0:0"),
        "compatible": at("::"),
        "translated": at("::ffff:0:0:0"),
        "NAT64": at("64:ff9b::"),
        "6to4": at("2002::", 80),
        "Teredo, the server": at("2001::ffff:f7f7:f7f7", 64),
        "Teredo, the client": IPv6Address(int(at("2001::", 0, 0xFFFF_FFFF)) | server),
        "ISATAP": at("2606:4700::5efe:0:0"),
        "ISATAP, globally unique": at("2606:4700::200:5efe:0:0"),
    }


@pytest.mark.parametrize(("inner", "kind"), V4)
def test_an_ipv4_address_is_seen_through_every_way_to_hide_it_in_ipv6(inner: str, kind: Kind) -> None:
    ways = hidden(inner)
    for way, address in ways.items():
        if int(address) > 1:
            assert kind_of(address) == kind, (way, address)
            assert kind_of(f"{address}%eth0") == kind, (way, address)


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("64:ff9b:1::808:808", "private"),
        ("64:ff9b:1::a00:1", "private"),
        ("64:ff9b:1::7f00:1", "loopback"),
        ("64:ff9b:1::a9fe:a9fe", "metadata"),
        # The other three ways in which RFC 6052 divides it.
        ("64:ff9b:1:a9fe:a9:fe00::", "metadata"),
        ("64:ff9b:1:a9:fe:a9fe::", "metadata"),
        ("64:ff9b:1:0:a9:fea9:fe00:0", "metadata"),
    ],
)
def test_a_networks_own_nat64_is_never_public_and_each_way_to_divide_it_is_tried(address: str, kind: Kind) -> None:
    assert kind_of(address) == kind


def test_what_is_called_public_is_global_to_python_too() -> None:
    # Not so the forms with an address inside, which Python calls by their own network.
    draw = random.Random(5)
    for _ in range(4_000):
        for address in (IPv4Address(draw.getrandbits(32)), IPv6Address(1 << 125 | draw.getrandbits(125))):
            if kind_of(address) == "public" and not str(address).startswith(("2002:", "2001:")):
                assert ipaddress.ip_address(address).is_global, address


def test_what_is_no_address_is_not_judged() -> None:
    with pytest.raises(ValueError, match="does not appear"):
        kind_of("host.example")


# Where one may go

PUBLIC = Reach(public=True)
BOTH = Reach(public=True, private=True)
EVERY_KIND: dict[Kind, str] = {
    "public": "8.8.8.8",
    "private": "10.0.0.1",
    "loopback": "127.0.0.1",
    "unspecified": "0.0.0.0",
    "reserved": "240.0.0.1",
    "multicast": "ff02::1",
    "link-local": "fe80::1%eth0",
    "metadata": "::ffff:169.254.169.254",
}


@pytest.mark.parametrize(
    ("reach", "kinds"),
    [
        (Reach(), set()),
        (PUBLIC, {"public"}),
        (Reach(private=True), {"private", "loopback", "unspecified"}),
        (BOTH, {"public", "private", "loopback", "unspecified"}),
        (Reach(names=frozenset({"gpu.example"})), {"public", "private", "loopback", "unspecified"}),
        (Reach(names=frozenset({"other.example"})), set()),
    ],
)
def test_a_reach_allows_its_kinds_and_never_the_dangerous_ones(reach: Reach, kinds: set[Kind]) -> None:
    assert {kind for kind, address in EVERY_KIND.items() if reach.allows(address, "gpu.example")} == kinds


def test_a_public_address_of_this_very_machine_counts_as_a_private_one() -> None:
    assert not PUBLIC.allows("8.8.8.8", "host.example", own=True)
    assert BOTH.allows("8.8.8.8", "host.example", own=True)


def test_an_address_that_is_listed_may_be_reached_under_any_name_and_no_other_address_under_its() -> None:
    reach = reach_of(["10.0.0.1", "[fd12::0:1]"])
    assert reach.allows("10.0.0.1", "anything.example")
    assert reach.allows("fd12::1", "[fd12::1]")
    assert not reach.allows("10.0.0.2", "anything.example")


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("gpu.internal", True),
        ("GPU.Internal.", True),
        ("bücher.example", True),
        ("xn--bcher-kva.example", True),
        ("a.lab.example", True),
        ("a.b.lab.example", True),
        ("lab.example", False),
        ("evil-lab.example", False),
        ("gpu.internal.evil.example", False),
        ("10.0.0.1", False),
        ("0x7f.1", False),
        ("", False),
        ("a..b", False),
    ],
)
def test_a_host_is_known_by_its_name_however_it_is_written(host: str, known: bool) -> None:
    assert reach_of(["gpu.internal", "Bücher.example", "*.lab.example"]).knows(host) is known


def test_the_words_stand_for_kinds_of_addresses() -> None:
    assert reach_of([]) == Reach()
    assert reach_of(["public"]) == PUBLIC
    assert reach_of(["private", "public", "a.example"]) == Reach(True, True, frozenset({"a.example"}))


@pytest.mark.parametrize(
    "word",
    [
        "https://a.example",
        "a.example:8000",
        "a b",
        "a@b",
        "",
        "*",
        "*.",
        "a.*.example",
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "0251.0376.0251.0376",
        "169.254.43518",
        "１６９.254.169.254",
        "*.254",
        "x" * 64,
    ],
)
def test_what_is_no_host_or_may_never_be_reached_cannot_be_listed(word: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        reach_of([word])


def test_a_host_has_one_form() -> None:
    assert host_name(" Host_1.Example. ") == "host_1.example"
    assert host_name("[::1]") == host_name("0:0::1") == "::1"
    assert host_name("*.Example") == "*.example"


# What is said


@pytest.mark.parametrize(
    ("reach", "proxied", "words"),
    [
        (PUBLIC, False, "Public addresses can be used here"),
        (Reach(names=frozenset({"a.example"})), False, "Only the hosts that the operator has listed"),
        (BOTH, False, "never connected to"),
        (BOTH, True, "through a proxy"),
    ],
)
def test_a_refusal_says_the_rule_and_which_setting_changes_it(reach: Reach, proxied: bool, words: str) -> None:
    error = not_allowed("gpu.example", reach, proxied=proxied)
    assert type(error) is NotAllowed
    assert error.what == "gpu.example leads to no address that may be used here."
    assert words in error.hint
    assert ("typed_addresses" in error.hint) is (proxied or not reach.private)
