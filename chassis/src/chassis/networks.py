"""Where a call comes from, as limits count it."""

import ipaddress
from functools import lru_cache

from fastapi import Request


def address_of(request: Request) -> str:
    """The client's address as the gateway says it, or the peer's."""
    forwarded = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    return forwarded[:64] or (request.client.host if request.client else "")


@lru_cache(maxsize=4_096)
def network_of(address: str) -> str:
    """What counts as one address: of IPv6 the /64, which one customer has whole."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
    return str(parsed)
