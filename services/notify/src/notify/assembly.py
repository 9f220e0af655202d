"""How notify is put together: stores, channels and the worker, on the resources of a process."""

from dataclasses import dataclass

from chassis.process import Process
from notify.channels import MailChannel
from notify.consumers import Consumers
from notify.domain import ChannelName
from notify.mails import MailComposer
from notify.settings import Settings
from notify.store import Deliveries, Recipients
from notify.usecases import DeliveryWorker


@dataclass(frozen=True, slots=True)
class Notify:
    """The parts of one process."""

    deliveries: Deliveries
    worker: DeliveryWorker
    consumers: Consumers


def assemble(settings: Settings, process: Process) -> Notify:
    """Build the parts; nothing runs yet."""
    composer = MailComposer(settings.mail_from, settings.public_url)
    recipients = Recipients(process.database["recipients"])
    deliveries = Deliveries(process.outbox("deliveries"), composer.sender.rpartition("@")[2])
    channels = {ChannelName.MAIL: MailChannel(settings, composer)}
    worker = DeliveryWorker(deliveries, recipients, channels, retry_seconds=settings.mail_retry_seconds)
    return Notify(deliveries, worker, Consumers(recipients, deliveries))
