"""How notify is put together: stores, channels and use cases, on the resources of a process."""

from dataclasses import dataclass
from datetime import timedelta

from chassis.process import Process
from notify.channels import Channel, MailChannel
from notify.consumers import Consumers
from notify.domain import ChannelName
from notify.follow_ups import FollowUps
from notify.mails import MailComposer
from notify.recipients import Recipients
from notify.settings import Settings
from notify.smtp import MailServer
from notify.store import Deliveries
from notify.usecases import Sending


@dataclass(frozen=True, slots=True)
class Notify:
    """The parts of one process. `mail_server` is to be entered, and closes its connections when it is left."""

    deliveries: Deliveries
    recipients: Recipients
    mail_server: MailServer
    sending: Sending
    consumers: Consumers


def assemble(settings: Settings, process: Process) -> Notify:
    """Build the parts; nothing runs yet."""
    composer = MailComposer(settings.mail_from, settings.public_url)
    recipients, deliveries = Recipients(process.database["recipients"]), Deliveries(process.outbox("deliveries"))
    mail_server = MailServer(settings, composer.sender)
    channels: dict[ChannelName, Channel] = {ChannelName.MAIL: MailChannel(composer, mail_server)}
    sending = Sending(
        deliveries,
        recipients,
        channels,
        process.background,
        FollowUps(
            deliveries,
            channels,
            reminder=timedelta(hours=settings.reminder_hours),
            refund_late=timedelta(hours=settings.refund_late_hours),
        ),
        retry_seconds=settings.mail_retry_seconds,
    )
    return Notify(deliveries, recipients, mail_server, sending, Consumers(recipients, sending))
