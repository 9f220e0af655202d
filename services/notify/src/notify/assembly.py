"""How notify is put together: stores, channels and use cases, on the resources of a process."""

from dataclasses import dataclass
from datetime import timedelta

from chassis.process import Process
from notify.channels import Channel, MailChannel, SmsChannel
from notify.consumers import Consumers
from notify.domain import ChannelName
from notify.follow_ups import FollowUps
from notify.following import Following
from notify.mails import MailComposer
from notify.receipts import Receipts
from notify.recipients import Recipients
from notify.settings import Settings
from notify.smtp import MailServer
from notify.store import Deliveries
from notify.texts import Texts
from notify.twilio_api import Twilio
from notify.usecases import Sending


@dataclass(frozen=True, slots=True)
class Notify:
    """The parts of one process. `mail_server` and `twilio` (None: no SMS is sent) are to be entered, and close their
    connections when they are left."""

    deliveries: Deliveries
    recipients: Recipients
    mail_server: MailServer
    twilio: Twilio | None
    receipts: Receipts
    following: Following | None
    sending: Sending
    consumers: Consumers


def assemble(settings: Settings, process: Process) -> Notify:
    """Build the parts; nothing runs yet."""
    composer = MailComposer(settings.mail_from, settings.public_url)
    recipients, deliveries = Recipients(process.database["recipients"]), Deliveries(process.outbox("deliveries"))
    mail_server = MailServer(settings, composer.sender)
    channels: dict[ChannelName, Channel] = {ChannelName.MAIL: MailChannel(composer, mail_server)}
    receipts, following, twilio = Receipts(process.outbox("deliveries")), None, None
    if settings.sends_sms:
        twilio = Twilio(settings)
        sms = SmsChannel(Texts(settings.public_url, settings.sms_dlt_templates), twilio, receipts.is_known)
        channels[ChannelName.SMS] = sms
        following = Following(receipts, recipients, sms)
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
    consumers = Consumers(recipients, sending)
    return Notify(deliveries, recipients, mail_server, twilio, receipts, following, sending, consumers)
