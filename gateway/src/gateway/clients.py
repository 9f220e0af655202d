"""Who a client is where proxies of ours stand before the gateway: what they say counts, what anybody else says does
not."""

import ipaddress
from collections.abc import Iterable

from gateway.request import Fields

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class TrustedProxies:
    """The networks of our own proxies; none by default, not even loopback."""

    def __init__(self, networks: Iterable[str] = ()) -> None:
        """Raises `ValueError` for what is no network."""
        self._networks = tuple(ipaddress.ip_network(network) for network in networks)

    def __bool__(self) -> bool:
        return bool(self._networks)

    def client_of(self, peer: str, fields: Fields) -> str:
        """The address that the nearest proxy of ours was called from: of `X-Forwarded-For`, read from its end, the
        first that is none of our proxies. What stands before it, or is no address, was said by a stranger."""
        if not self._trusts(peer):
            return peer
        values = b",".join(value for name, value in fields if name == b"x-forwarded-for").decode("latin-1")
        client = peer
        for said in reversed([part.strip() for part in values.split(",") if part.strip()]):
            address = _address(said)
            if address is None:
                return client
            client = address
            if not self._trusts(client):
                return client
        return client

    def scheme_of(self, peer: str, scheme: str, by_name: dict[bytes, bytes]) -> str:
        """The scheme that the client spoke, as our own proxy says."""
        said = by_name.get(b"x-forwarded-proto", b"").decode("latin-1").strip().lower()
        return said if said in {"http", "https"} and self._trusts(peer) else scheme

    def _trusts(self, address: str) -> bool:
        parsed = _parsed(address)
        return parsed is not None and any(
            parsed.version == network.version and parsed in network for network in self._networks
        )


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        return None
    return parsed.ipv4_mapped or parsed if isinstance(parsed, ipaddress.IPv6Address) else parsed


def _address(said: str) -> str | None:
    """An address, which some proxies send with its port."""
    bare = said.partition("]")[0].lstrip("[") if said.startswith("[") else said
    bare = bare.partition(":")[0] if bare.count(":") == 1 else bare
    parsed = _parsed(bare)
    return str(parsed) if parsed is not None else None
