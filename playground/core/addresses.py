"""What an IP address is for, and which ones an endpoint may lead to that a visitor has typed.

An address is judged after a name has been looked up, so a spelling (decimal, octal, a trailing dot, full-width digits)
is judged by what it leads to. Not here: looking names up, and the connection (`adapters.network`).

Sources: the IANA special-purpose registries (RFC 6890), RFC 6052 and RFC 8215 (NAT64), RFC 3056 (6to4), RFC 4380
(Teredo), RFC 5214 (ISATAP), and the clouds' own pages for their metadata addresses.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from playground.core.errors import NotAllowed

Kind = Literal["public", "private", "loopback", "unspecified", "reserved", "multicast", "link-local", "metadata"]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# The worst last: of an address with others inside, the worst counts.
_MILD_TO_BAD: tuple[Kind, ...] = (
    "public",
    "private",
    "unspecified",
    "loopback",
    "reserved",
    "multicast",
    "link-local",
    "metadata",
)
_NEVER: frozenset[Kind] = frozenset({"reserved", "multicast", "link-local", "metadata"})
# Where in an address another one stands is not always known: then only these count.
_WORTH_A_DOUBT: frozenset[Kind] = frozenset({"loopback", "link-local", "metadata"})
# The first network that holds an address says what it is for.
_KINDS: Mapping[str, Kind] = {
    # AWS, Azure, Google Cloud and most others; AWS for containers; Alibaba; Azure; Oracle; AWS, Google, Scaleway.
    "169.254.169.254/32": "metadata",
    "169.254.170.0/24": "metadata",
    "100.100.100.200/32": "metadata",
    "168.63.129.16/32": "metadata",
    "192.0.0.192/32": "metadata",
    "fd00:ec2::/32": "metadata",
    "fd20:ce::254/128": "metadata",
    "fd00:42::42/128": "metadata",
    "0.0.0.0/32": "unspecified",
    "0.0.0.0/8": "reserved",
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "private",
    "127.0.0.0/8": "loopback",
    "169.254.0.0/16": "link-local",
    "172.16.0.0/12": "private",
    "192.0.0.0/24": "reserved",
    "192.0.2.0/24": "reserved",
    "192.88.99.0/24": "reserved",
    "192.168.0.0/16": "private",
    "198.18.0.0/15": "private",
    "198.51.100.0/24": "reserved",
    "203.0.113.0/24": "reserved",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved",
    "0.0.0.0/0": "public",
    "::/128": "unspecified",
    "::1/128": "loopback",
    # What is inside these decides (`_inside`).
    "::/96": "public",
    "::ffff:0:0/96": "public",
    "::ffff:0:0:0/96": "public",
    "64:ff9b::/96": "public",
    "64:ff9b:1::/48": "private",
    "2001::/32": "public",
    "2001::/23": "reserved",
    "2001:db8::/32": "reserved",
    "3fff::/20": "reserved",
    "2000::/3": "public",
    "fc00::/7": "private",
    "fec0::/10": "private",
    "fe80::/10": "link-local",
    "ff00::/8": "multicast",
    "::/0": "reserved",
}
_TABLE: tuple[tuple[Network, Kind], ...] = tuple((ipaddress.ip_network(text), kind) for text, kind in _KINDS.items())
# Networks whose addresses hold an IPv4 address, and by how many bits it stands above the end.
_HOLDING: tuple[tuple[ipaddress.IPv6Network, int], ...] = tuple(
    (ipaddress.IPv6Network(network), above)
    for network, above in (
        ("::/96", 0),
        ("::ffff:0:0/96", 0),
        ("::ffff:0:0:0/96", 0),
        ("64:ff9b::/96", 0),
        ("2002::/16", 80),
        ("2001::/32", 64),
    )
)
_TEREDO = ipaddress.IPv6Network("2001::/32")
_LOCAL_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")
# The middle of an ISATAP address, below whichever network.
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)
# A last label that is a number makes an address of a name, for those who read it so.
_NUMBER = re.compile(r"(?:.*\.)?(?:\d+|0x[0-9a-f]*)")
_NAME = re.compile(r"(?:\*\.)?[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?")


def kind_of(address: str | Address) -> Kind:
    """What an address is for; of one that holds others (IPv4 in IPv6, in any way), what the worst of them is for.

    A zone (`%eth0`) is no matter. Raises ValueError for what is no address.
    """
    found = ipaddress.ip_address(address)
    kinds = [_own(found)]
    if isinstance(found, ipaddress.IPv6Address):
        kinds += [_own(inner) for inner in _inside(found)]
        kinds += [kind for inner in _perhaps_inside(found) if (kind := _own(inner)) in _WORTH_A_DOUBT]
    return max(kinds, key=_MILD_TO_BAD.index)


def _own(address: Address) -> Kind:
    # Addresses of the one family are in no network of the other.
    return next(kind for network, kind in _TABLE if address in network)


def _inside(address: ipaddress.IPv6Address) -> Iterator[ipaddress.IPv4Address]:
    value = int(address)
    for network, above in _HOLDING:
        # The two that are IPv6's own, and no IPv4 address behind zeros.
        if address in network and value > 1:
            yield _part(value >> above)
    if address in _TEREDO:
        # The client's, which every bit is turned round in; the server's came above.
        yield _part(~value)
    if value >> 32 & 0xFFFF_FFFF in _ISATAP:
        yield _part(value)


def _perhaps_inside(address: ipaddress.IPv6Address) -> Iterator[ipaddress.IPv4Address]:
    """A network may divide this prefix as it likes: RFC 6052 has four ways, two of them cut in two by an empty byte."""
    if address in _LOCAL_NAT64:
        value = int(address)
        yield _part(value)
        yield _part(value >> 24)
        yield _part((value >> 64 & 0xFF) << 24 | value >> 32 & 0xFF_FFFF)
        yield _part((value >> 64 & 0xFFFF) << 16 | value >> 40 & 0xFFFF)


def _part(value: int) -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address(value & 0xFFFF_FFFF)


@dataclass(frozen=True, slots=True)
class Reach:
    """Where an endpoint may lead that a visitor has typed. `Reach()` leads nowhere.

    `public` and `private` are kinds of addresses, this machine's own counting as private ones. `names` are hosts, as
    `host_name` gives them, that may lead to either; one that begins with `*.` stands for all below it. Link-local and
    metadata addresses may never be reached, and neither may what is no host's address.
    """

    public: bool = False
    private: bool = False
    names: frozenset[str] = frozenset()

    def allows(self, address: str, host: str, *, own: bool = False) -> bool:
        """Whether a connection may be made to an address that `host` leads to. `own`: it is this machine's."""
        kind = kind_of(address)
        if kind in _NEVER:
            return False
        if self.knows(host) or self.knows(address):
            return True
        return self.public if kind == "public" and not own else self.private

    def knows(self, host: str) -> bool:
        """Whether the operator has listed a host by its name: all that can be judged where a proxy looks it up."""
        try:
            name = host_name(host)
        except ValueError:
            return False
        above = name.split(".")
        return name in self.names or any(f"*.{'.'.join(above[at:])}" in self.names for at in range(1, len(above)))


def reach_of(words: Iterable[str]) -> Reach:
    """From what an operator lists: `public`, `private`, and hosts. Raises ValueError for what is none of these."""
    listed = frozenset(words)
    kinds = listed & {"public", "private"}
    return Reach("public" in kinds, "private" in kinds, frozenset(host_name(word) for word in listed - kinds))


def host_name(host: str) -> str:
    """A host in the form in which hosts are compared: an address in its shortest form, or a name in ASCII.

    Raises ValueError for what is neither, for an address that may never be reached, and for a spelling of an address
    that not everybody reads alike (`0x7f.1`).
    """
    text = host.strip().removeprefix("[").removesuffix("]")
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        star, name = ("*.", text[2:]) if text.startswith("*.") else ("", text)
        name = star + name.encode("idna").decode("ascii").lower().removesuffix(".")
        if _NUMBER.fullmatch(name) or not _NAME.fullmatch(name):
            raise ValueError("no host has such a name") from None
        return name
    if kind_of(address) in _NEVER:
        raise ValueError("an address that is never connected to")
    return str(address)


def not_allowed(host: str, reach: Reach, *, proxied: bool = False) -> NotAllowed:
    """What is said of a host that leads nowhere allowed: the same whether it exists or not."""
    if proxied:
        rule = "Here every connection goes through a proxy, so only the hosts that the operator has listed can be used"
    elif reach.private:
        rule = "Link-local and cloud metadata addresses are never connected to"
    elif reach.public:
        rule = "Public addresses can be used here, not those of this machine or of a private network"
    else:
        rule = "Only the hosts that the operator has listed can be used here"
    more = "" if reach.private and not proxied else "; the setting typed_addresses allows more"
    return NotAllowed(
        f"{host} leads to no address that may be used here.", f"Check it for a typing error. {rule}{more}."
    )
