"""The gateway's environment."""

from collections.abc import Mapping

from chassis.settings import ProcessSettings
from gateway.connection import Limits


class Settings(ProcessSettings):
    """`client_url` lists the origins of front ends that may make private calls from elsewhere. `security_contact` is
    a URI for reports of vulnerabilities. Each service's URL may list several replicas, separated by commas."""

    client_url: str = ""
    public_url: str = "http://127.0.0.1:8080"
    security_contact: str = ""
    head_seconds: float = Limits().head_seconds
    body_seconds: float = Limits().body_seconds
    keep_alive_seconds: float = Limits().keep_alive_seconds
    connections_per_address: int = Limits().connections_per_address
    identity_url: str = "http://127.0.0.1:8001"
    catalog_url: str = "http://127.0.0.1:8002"
    seating_url: str = "http://127.0.0.1:8003"
    booking_url: str = "http://127.0.0.1:8004"
    payment_url: str = "http://127.0.0.1:8005"
    notify_url: str = "http://127.0.0.1:8006"

    @property
    def upstreams(self) -> Mapping[str, str]:
        """Each service's word and its replicas, separated by commas."""
        return {
            "identity": self.identity_url,
            "catalog": self.catalog_url,
            "seating": self.seating_url,
            "booking": self.booking_url,
            "payment": self.payment_url,
            "notify": self.notify_url,
        }

    @property
    def origins(self) -> frozenset[str]:
        """The origins of front ends, from `client_url`."""
        return frozenset(origin.strip().rstrip("/") for origin in self.client_url.split(",") if origin.strip())

    @property
    def limits(self) -> Limits:
        """The limits of a client's connection."""
        return Limits(self.head_seconds, self.body_seconds, self.keep_alive_seconds, self.connections_per_address)
