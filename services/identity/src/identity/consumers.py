"""What identity hears: what admin calls of the other services have changed."""

from chassis.consume import Handlers
from contracts import booking, catalog, gateway, notify, payment
from identity.audit import AuditStore


def handlers(audit: AuditStore) -> Handlers:
    """Each record is stored once, however often it comes."""
    services = (catalog, payment, booking, notify, gateway)
    return dict.fromkeys((service.AuditRecorded for service in services), audit.insert)
