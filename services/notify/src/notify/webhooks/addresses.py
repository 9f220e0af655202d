"""Where webhooks may lead: to public addresses, so that no partner makes us call what only we can reach.

An address is judged when a webhook is stored, after its name was resolved, and again at connecting, because a name may
mean another address by then. In development the machine itself is allowed as well.
"""

import asyncio
import errno
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

RESOLVE_SECONDS = 3.0
_IPV4_INSIDE = (IPv6Network("64:ff9b::/96"), IPv6Network("::/96"))  # NAT64 (RFC 6052), and IPv4-compatible
_OWN_USE = tuple(map(ip_network, ("64:ff9b:1::/48", "fec0::/10", "5f00::/16", "3fff::/20", "192.0.0.0/24")))
# Looks public, and is Azure's agent on every machine there; 192.88.99.0/24 led into 6to4 (RFC 7526).
_OF_CLOUDS = tuple(map(ip_network, ("168.63.129.16/32", "192.88.99.0/24")))
# Names that never lead to a public server: RFC 6761, 6762, 7686, 8375, and what routers and clouds use within.
_NEVER_PUBLIC = ("internal", "local", "localdomain", "lan", "home", "corp", "intranet", "invalid", "onion", "arpa")


class AddressRefused(OSError):
    """This address is not to be connected to."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """The rule. `allows_loopback` in development: then the machine itself may be called, over plain HTTP too."""

    allows_loopback: bool

    def permits(self, address: str, *, is_encrypted: bool) -> bool:
        """Whether one may connect to this IP address."""
        try:
            ip = _meant(ip_address(address))
        except ValueError:
            return False
        if ip.is_loopback:
            return self.allows_loopback
        return is_encrypted and _is_public(ip)

    def objection_to_name(self, url: URL) -> str | None:
        """What speaks against a URL whatever its name resolves to."""
        host = (url.host or "").rstrip(".").lower()
        if url.scheme not in {"http", "https"} or not host:
            return "needs an https address"
        if url.scheme == "http" and not self.allows_loopback:
            return "needs https"
        if _is_address(host) or (host == "localhost" and self.allows_loopback):
            return None
        if "." not in host or host.rpartition(".")[2] in _NEVER_PUBLIC or host.endswith(".localhost"):
            return "is no public server"
        return None

    def objection_to(self, url: URL, addresses: Sequence[str]) -> str | None:
        """What speaks against the addresses that a URL's name resolves to."""
        is_encrypted = url.scheme == "https"
        if all(self.permits(address, is_encrypted=is_encrypted) for address in addresses):
            return None
        if not is_encrypted and all(self.permits(address, is_encrypted=True) for address in addresses):
            return "needs https"
        return "leads to an address that is not public"

    async def objection(self, url: URL) -> str | None:
        """What speaks against a URL as its name resolves now. One of https that does not resolve now passes: it is
        judged again at connecting."""
        if objection := self.objection_to_name(url):
            return objection
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(RESOLVE_SECONDS):
                entries = await loop.getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM)
        except (OSError, TimeoutError, UnicodeError):
            return None if url.scheme == "https" else "needs https"
        return self.objection_to(url, [str(entry[4][0]) for entry in entries])

    def connector(self, *, is_encrypted: bool) -> aiohttp.TCPConnector:
        """Connections for HTTP, or for HTTPS, that are made to permitted addresses alone."""

        def connect(address: tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]) -> socket.socket:
            family, kind, protocol, _, (host, *_) = address
            if not self.permits(host, is_encrypted=is_encrypted):
                raise AddressRefused(errno.EACCES, REFUSED)
            return socket.socket(family, kind, protocol)

        resolver = _JudgingResolver(self, is_encrypted)
        return aiohttp.TCPConnector(
            resolver=resolver, socket_factory=connect, limit=0, force_close=True, use_dns_cache=False
        )


REFUSED = "address not allowed"


class _JudgingResolver(AbstractResolver):
    """A name of which one address is not permitted leads nowhere."""

    def __init__(self, rule: Addresses, is_encrypted: bool) -> None:
        self._rule, self._is_encrypted, self._resolver = rule, is_encrypted, ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        results = await self._resolver.resolve(host, port, family)
        for entry in results:
            if not self._rule.permits(entry["host"], is_encrypted=self._is_encrypted):
                raise AddressRefused(errno.EACCES, REFUSED)
        return results

    async def close(self) -> None:
        await self._resolver.close()


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _meant(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(ip, IPv4Address) or ip in (IPv6Address("::"), IPv6Address("::1")):
        return ip
    inside = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
    if inside is None and any(ip in network for network in _IPV4_INSIDE):
        inside = IPv4Address(int(ip) & 0xFFFFFFFF)
    return inside or ip


def _is_public(ip: IPv4Address | IPv6Address) -> bool:
    if any(ip in network for network in _OWN_USE + _OF_CLOUDS):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_link_local)
