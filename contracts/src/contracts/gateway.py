"""What the gateway says."""

from typing import ClassVar

from contracts.audit import AuditRecord


class AuditRecorded(AuditRecord):
    """Somebody opened, changed or ended a waiting room by an admin call."""

    type: ClassVar[str] = "gateway.audit_recorded.v1"
