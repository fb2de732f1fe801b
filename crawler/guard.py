"""Which addresses and names may be asked at all: those of the public internet, and no others. Pure.

A site file, a list page, a redirect or a name server may lead to the machine itself, to its neighbours, or to the
service that tells a cloud machine its secrets. None of these is ever a portal.
"""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address

# Services of cloud machines that the registries of special addresses do not name: Azure (public by number), Oracle.
_METADATA = (ip_network("168.63.129.16/32"), ip_network("192.0.0.0/24"))
# IPv4 inside IPv6 (RFC 6052, RFC 4291): what stands in the last four octets is what is reached.
_EMBEDDING = (ip_network("64:ff9b::/96"), ip_network("::ffff:0:0:0/96"), ip_network("::/96"))
_LOCAL_NAMES = re.compile(
    r"(?:^|\.)(?:localhost|local|internal|intranet|lan|home|corp|private|localdomain|home\.arpa|test|invalid|onion)$"
)
# What the C library's inet_aton takes for an address: 127.1, 0x7f000001, 2130706433, 0177.0.0.1.
_NUMBER = re.compile(r"0x[0-9a-f]*|\d+", re.IGNORECASE)


class ForbiddenAddress(Exception):
    """A request would have left the public internet. The sentence says where it led; nothing was sent."""


def address_problem(text: str) -> str | None:
    """What is wrong with an IP address as a portal's, in a few words; None where it is a public one.

    Args:
        text: an IPv4 or IPv6 address; a zone (`%eth0`) may follow.
    """
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return "no IP address"
    for inner in (address, *_inside(address)):
        if problem := _problem(inner):
            return problem if inner is address else f"{problem} ({inner}) inside an IPv6 address"
    return None


def name_problem(host: str) -> str | None:
    """What is wrong with a host as it stands in a URL, before any name server is asked; None where nothing is.

    This is all that can be judged where a proxy resolves names.

    Args:
        host: a name or an address without port; IPv6 with or without brackets.
    """
    name = host.strip("[]").rstrip(".").lower()
    if not name:
        return "no host at all"
    if ":" in name or _is_ipv4(name):
        return address_problem(name)
    parts = name.split(".")
    if _NUMBER.fullmatch(parts[-1]):
        return "an address written as numbers that are no plain IPv4 address"
    if len(parts) == 1:
        return "a name without a domain, which only the local network knows"
    if _LOCAL_NAMES.search(name):
        return "a name of the local network"
    return None


def _problem(address: Address) -> str | None:
    kinds = (
        (address.is_unspecified, "the unspecified address"),
        (address.is_loopback, "a loopback address"),
        (address.is_link_local, "a link-local address"),
        (address.is_multicast, "a multicast address"),
        (any(address in net for net in _METADATA if net.version == address.version), "a cloud's own service"),
        (isinstance(address, IPv6Address) and address.is_site_local, "a private address"),
        (address.is_private, "a private address"),
        (address.is_reserved, "a reserved address"),
        (not address.is_global, "an address that is not public"),
    )
    embeds = isinstance(address, IPv6Address) and any(True for _ in _inside(address))
    # What embeds an IPv4 address is judged by that address; the registries call the wrapping itself reserved.
    return None if embeds else next((said for found, said in kinds if found), None)


def _inside(address: Address) -> Iterator[IPv4Address]:
    """The IPv4 address that an IPv6 address stands for: mapped, translated (NAT64), 6to4, Teredo."""
    if isinstance(address, IPv4Address) or int(address) <= 1:
        return
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    if any(address in net for net in _EMBEDDING):
        yield IPv4Address(int(address) & 0xFFFFFFFF)


def _is_ipv4(name: str) -> bool:
    try:
        IPv4Address(name)
    except ValueError:
        return False
    return True
