"""notify's environment."""

from pydantic import Field, SecretStr

from chassis.settings import ServiceSettings

# Over 3 days in all. Source: Standard Webhooks 1.0.0, "Deliverability and reliability".
_RETRY_SECONDS = (5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0)
_LOCAL = ("localhost", "127.0.0.1", "::1")


class Settings(ServiceSettings):
    """The mail server, reminders, partners' webhooks, and Twilio's account: without one no SMS is sent."""

    public_url: str = "http://127.0.0.1:8080"
    """The gateway's origin, as guests know it; links in messages begin with it."""
    smtp_host: str = "127.0.0.1"
    """The mail server."""
    smtp_port: int = 1025
    """Its port: 465 speaks TLS from the start, others by STARTTLS."""
    smtp_plain_host: str | None = None
    """A mail server of one's own network that offers no TLS: it is spoken to without, where no account signs in."""
    smtp_user: str | None = None
    """The account at the mail server; without it none signs in."""
    smtp_pass: SecretStr | None = None
    """Its password."""
    mail_from: str = Field(default="Marquee <tickets@marquee.example>", pattern=r"^[^<>\r\n]+ <[^<>@\s]+@[^<>@\s]+>$")
    """Whom mails come from: a name and an address."""
    mail_connections: int = Field(default=8, ge=1)
    """How many connections to the mail server there may be."""
    mail_answer_seconds: float = 90.0
    """How long the mail server's answer to DATA is awaited."""
    mail_retry_seconds: float = 60.0
    """The first pause before a mail is tried again."""
    reminder_hours: float = Field(default=3.0, ge=0)
    """How long before its start a show is reminded of."""
    refund_late_hours: float = Field(default=72.0, gt=0)
    """After how long a guest is told that a refund is late."""

    webhook_answer_seconds: float = Field(default=15.0, gt=0, le=30)
    """How long the answer of a partner's webhook is awaited."""
    webhook_retry_seconds: tuple[float, ...] = _RETRY_SECONDS
    """The pauses before an event is sent to a partner again."""
    webhook_disable_hours: float = Field(default=120.0, gt=0)
    """After how long a webhook that never answers is disabled."""

    twilio_account_sid: str | None = None
    """The account that SMS go out by."""
    twilio_auth_token: SecretStr | None = None
    """Its token, which its callbacks are signed with too."""
    twilio_from: str | None = None
    """The number that SMS come from."""
    twilio_messaging_service_sid: str | None = None
    """The service that SMS come from, in place of a number."""
    twilio_base_url: str | None = None
    """The address of a stand-in; without it Twilio itself."""
    sms_connections: int = Field(default=4, ge=1)
    """How many calls to Twilio there may be at once."""
    sms_answer_seconds: float = 10.0
    """How long Twilio's answer is awaited."""
    sms_dlt_templates: dict[str, str] = Field(default_factory=dict)
    """The ids of texts registered for India (DLT), by the texts' names."""

    @property
    def sends_sms(self) -> bool:
        """Whether there is an account, and a number or service that SMS come from."""
        has_sender = self.twilio_from is not None or self.twilio_messaging_service_sid is not None
        return self.twilio_account_sid is not None and self.twilio_auth_token is not None and has_sender

    @property
    def twilio_token(self) -> str:
        """The account's auth token; empty where there is none."""
        return self.twilio_auth_token.get_secret_value() if self.twilio_auth_token else ""

    @property
    def smtp_implicit_tls(self) -> bool:
        """Port 465 speaks TLS from the start."""
        return self.smtp_port == 465

    @property
    def smtp_demands_tls(self) -> bool:
        """STARTTLS is demanded, never taken on offer: an offer can be stripped on the way."""
        is_near = self.smtp_host in {*_LOCAL, self.smtp_plain_host}
        return not self.smtp_implicit_tls and (self.smtp_user is not None or not is_near)
