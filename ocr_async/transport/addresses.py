"""Which addresses belong to the public web, whatever form they are written in."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network


__all__ = ["is_public", "public_web"]

# What `is_global` of Python 3.11 takes for public and is not, or leads into the machine's own network.
_DENIED = tuple(
    map(
        ip_network,
        (
            "168.63.129.16/32",  # Azure's wire server
            "192.0.0.0/24",  # IETF protocol assignments; Oracle Cloud's metadata is .192
            "192.88.99.0/24",  # 6to4 relay, withdrawn by RFC 7526
            "100.64.0.0/10",  # shared by carriers; Alibaba Cloud's metadata is 100.100.100.200
            "64:ff9b:1::/48",  # NAT64 of the local network, RFC 8215
            "fec0::/10",  # site-local, withdrawn by RFC 3879
            "5f00::/16",  # segment routing, RFC 9602
            "3fff::/20",  # documentation, RFC 9637
        ),
    )
)
# Where an IPv4 address stands in an IPv6 one, in bits from the right.
_EMBEDDING = (
    (IPv6Network("::ffff:0:0/96"), 0),  # mapped
    (IPv6Network("::ffff:0:0:0/96"), 0),  # translated, RFC 7915
    (IPv6Network("::/96"), 0),  # compatible, withdrawn
    (IPv6Network("64:ff9b::/96"), 0),  # NAT64, RFC 6052
    (IPv6Network("2002::/16"), 80),  # 6to4, RFC 3056
    (IPv6Network("2001::/32"), 64),  # Teredo's server, RFC 4380
)
_ISATAP = {0x00005EFE, 0x02005EFE}  # upper half of the interface identifier, RFC 5214


def public_web(address: str, port: int) -> bool:
    """Return whether *address* is public and *port* one of the web's, 80 and 443."""
    return port in {80, 443} and is_public(address)


def is_public(text: str) -> bool:
    """Return whether *text*, an IP address as the system writes it, is public, and every one inside it."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and (embedded := _embedded(address)):
        # The forms themselves are not global, or only by mistake: what counts is where they lead.
        return all(map(_is_public_itself, embedded))
    return _is_public_itself(address)


def _is_public_itself(address: IPv4Address | IPv6Address) -> bool:
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in network for network in _DENIED)
    )


def _embedded(address: IPv6Address) -> list[IPv4Address]:
    number = int(address)
    found = [IPv4Address(number >> shift & 0xFFFFFFFF) for network, shift in _EMBEDDING if address in network]
    if address.teredo:
        found.append(address.teredo[1])
    # An ISATAP identifier may follow any prefix; elsewhere it is a plain address, so the prefix is looked at as well.
    if number >> 32 & 0xFFFFFFFF in _ISATAP:
        found.append(IPv4Address(number & 0xFFFFFFFF))
        if not address.is_global:
            found.append(IPv4Address(0))
    return found
