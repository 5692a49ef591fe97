"""Addresses that no provider has: this machine, the cloud's own services, and every other form in
which the same addresses can be written (WH-18).

`ipaddress` alone does not tell: it calls 64:ff9b::a9fe:a9fe global, which a NAT64 gateway turns
into 169.254.169.254. Private networks are let through: a deployer may run a provider in one, and
only a deployer's configuration names hosts.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

_REFUSED: Final = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",
            "100.64.0.0/10",  # shared address space (RFC 6598), where clouds keep services too
            "127.0.0.0/8",  # among others the Lambda runtime API
            "169.254.0.0/16",  # instance and container credentials
            "192.0.0.0/24",
            "224.0.0.0/3",
            "::/128",
            "::1/128",
            "fd00:ec2::/32",  # AWS's own services
            "fe80::/10",
            "ff00::/8",
        ),
    )
)
_NAT64: Final = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))


def may_be_called(address: str) -> bool:
    """Tell whether a resolved address may be a provider's. What is no address may not."""
    try:
        forms = list(_forms(ip_address(address.partition("%")[0])))
    except ValueError:
        return False
    return not any(
        form.version == network.version and form in network
        for form in forms
        for network in _REFUSED
    )


def _forms(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address | IPv6Address]:
    """Give the address and the IPv4 addresses that it may stand for."""
    yield address
    if isinstance(address, IPv6Address):
        yield from filter(None, (address.ipv4_mapped, address.sixtofour))
        yield from address.teredo or ()
        low = int(address) & 0xFFFF_FFFF
        if any(address in network for network in _NAT64) or int(address) >> 32 == 0:
            yield IPv4Address(low)
