"""Origins by name, such as `http://seating:8000`: which addresses DNS gives for them, one for each replica."""

import asyncio
import socket
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

LOOKUP_SECONDS = 2.0  # a DNS that is away must not keep a call


def is_named(origin: str) -> bool:
    """Whether the host is a name that may stand for several replicas. Of https it is what the certificate says, so it
    is left as it is."""
    parts = urlsplit(origin)
    try:
        ip_address(parts.hostname or "")
    except ValueError:
        return parts.scheme == "http" and bool(parts.hostname)
    return False


async def looked_up(origins: Iterable[str]) -> list[str]:
    """Each origin whose host is a name by its addresses, the others as they are; raises `OSError` where DNS does not
    answer, or does not know one of them."""
    lists = await asyncio.gather(*(_addresses(origin) for origin in origins))
    return list(dict.fromkeys(address for addresses in lists for address in addresses))


async def _addresses(origin: str) -> list[str]:
    """Those of IPv4 where there are any: all of us listen there, and a host of both would be counted twice."""
    if not is_named(origin):
        return [origin]
    parts = urlsplit(origin)
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(LOOKUP_SECONDS):
        answers = await loop.getaddrinfo(parts.hostname, parts.port or 80, type=socket.SOCK_STREAM)
    v4 = sorted({f"{address[0]}" for family, _, _, _, address in answers if family is socket.AF_INET})
    v6 = sorted({f"[{address[0]}]" for family, _, _, _, address in answers if family is socket.AF_INET6})
    return [f"http://{host}:{parts.port or 80}{parts.path}" for host in v4 or v6]
