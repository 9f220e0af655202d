"""The mails about an account: an address to verify, a password to set anew, a webhook that was disabled."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from contracts.identity import EmailChangeRequested, EmailVerificationRequested, GuestLinked, PasswordResetRequested
from contracts.notify import WebhookDisabled
from notify.languages import Reader
from notify.letter import Letter, Link
from notify.links import Links


@dataclass(frozen=True, slots=True)
class AccountLetters:
    """Writes the letters about one account to one reader."""

    reader: Reader
    links: Links

    def verification(self, event: EmailVerificationRequested) -> Letter:
        """The link that verifies an address: of a new account, once more, or of another address."""
        say = self.reader.say
        title, texts = {
            "welcome": (
                say("Welcome to Marquee"),
                (
                    say("Your account is ready: find a show, choose your seats, and your tickets come by mail."),
                    say("Please confirm that this is your address."),
                ),
            ),
            "verify": (
                say("Confirm your e-mail address"),
                (say("Please confirm that this is your address."),),
            ),
            "change": (
                say("Confirm your new e-mail address"),
                (
                    say("You asked to use this address for your account."),
                    say("The old address stays until you confirm this one."),
                ),
            ),
        }[event.purpose]
        return Letter(
            subject=title,
            heading=title,
            paragraphs=texts,
            button=Link(say("Confirm my address"), self.links.verify_email(event.token)),
            closing=(
                say("The link works until {when}.", when=self.reader.when(event.expires_at)),
                say("If you did not ask for this, you need not do anything."),
            ),
        )

    def email_change(self, _event: EmailChangeRequested) -> Letter:
        """Told to the present address: another one asks to take its place."""
        say = self.reader.say
        return self._unasked_for(
            say("Your e-mail address is about to change"),
            say("Somebody who is signed in to your account asked to use another e-mail address for it."),
            say("This address stays until the new one is confirmed."),
        )

    def guest_linked(self, _event: GuestLinked) -> Letter:
        """Told to an address: what was bought with it without an account is an account's now."""
        say = self.reader.say
        return self._unasked_for(
            say("Your bookings are in your account now"),
            say("What you booked without an account stands among the bookings of your account now."),
            say("The links and tickets that you have work as before."),
        )

    def _unasked_for(self, title: str, *paragraphs: str) -> Letter:
        """What somebody with an account did, and what to do where it was somebody else."""
        say = self.reader.say
        return Letter(
            subject=title,
            heading=title,
            paragraphs=(
                *paragraphs,
                say("If that was not you, change your password now: it ends all other sessions."),
            ),
            button=Link(say("Open my account"), self.links.account()),
        )

    def password_reset(self, event: PasswordResetRequested) -> Letter:
        """The link with which a forgotten password is set anew."""
        say = self.reader.say
        title = say("Choose a new password")
        return Letter(
            subject=title,
            heading=title,
            paragraphs=(say("Somebody asked for a new password for your account. It is chosen with this link."),),
            button=Link(say("Choose a new password"), self.links.reset_password(event.token)),
            closing=(
                say("The link works once, until {when}.", when=self.reader.when(event.expires_at)),
                say("If you did not ask for this, you need not do anything: your password stays as it is."),
            ),
        )

    def webhook_disabled(self, event: WebhookDisabled) -> Letter:
        """Told to who made it: its server is gone, or has failed for days. The address may bear a secret: its server
        alone is named."""
        say, server = self.reader.say, urlsplit(event.url).hostname or ""
        title = say("A webhook was disabled")
        why = (
            say(
                "The server {server} has said that the webhook {webhook} is gone.",
                server=server,
                webhook=event.webhook_id,
            )
            if event.reason == "gone"
            else say(
                "The server {server} has not taken messages for the webhook {webhook} since {when}.",
                server=server,
                webhook=event.webhook_id,
                when=self.reader.when(event.failing_since),
            )
        )
        return Letter(
            subject=title,
            heading=title,
            paragraphs=(
                why,
                say("Nothing is sent to it any more. What it misses is logged for 30 days."),
                say("Enable it once the server works again, and ask for what it missed."),
            ),
        )
