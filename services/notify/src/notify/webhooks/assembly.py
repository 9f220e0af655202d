"""How webhooks are put together, on the resources of notify's process."""

from dataclasses import dataclass
from datetime import timedelta

from chassis.process import Process
from notify.settings import Settings
from notify.webhooks.addresses import Addresses
from notify.webhooks.admin import WebhookAdmin
from notify.webhooks.bindings import Bindings
from notify.webhooks.client import PartnerClient
from notify.webhooks.fan_out import FanOut
from notify.webhooks.log import DeliveryLog
from notify.webhooks.sending import WebhookSending
from notify.webhooks.store import Webhooks


@dataclass(frozen=True, slots=True)
class Partners:
    """The parts; `client` is to be entered, and closes its connections when it is left."""

    webhooks: Webhooks
    log: DeliveryLog
    bindings: Bindings
    client: PartnerClient
    fan_out: FanOut
    sending: WebhookSending
    admin: WebhookAdmin


def assemble(settings: Settings, process: Process) -> Partners:
    """Build the parts; nothing runs yet."""
    webhooks, log = Webhooks(process.outbox("webhooks")), DeliveryLog(process.database["webhook_deliveries"])
    bindings = Bindings(webhooks, process.database["webhook_rounds"], process.publisher)
    addresses = Addresses(allows_loopback=settings.node_env != "production")
    client = PartnerClient(addresses, settings.webhook_answer_seconds)
    sending = WebhookSending(
        webhooks,
        log,
        client,
        pauses=settings.webhook_retry_seconds,
        longest=timedelta(hours=settings.webhook_disable_hours),
    )
    admin = WebhookAdmin(webhooks, log, bindings, addresses)
    return Partners(webhooks, log, bindings, client, FanOut(webhooks, log), sending, admin)
