"""The texts of SMS: one template for each kind and language, as they are registered with the carriers (DLT in India).

A carrier drops a text that differs from its registered template, so nothing but the variables changes; each of them has
at most 30 characters there, save the link. English stays within GSM-7: one other letter more than halves an SMS.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_skeleton, format_time

from contracts.booking import BookingCancelled, TicketIssued
from contracts.identity import OtpRequested
from contracts.seating import WaitlistOffered
from notify.domain import BookingOutline, Delivery, Kind
from notify.formats import one_line
from notify.triggers import ticket_of
from printing import formats

ENGLISH = "en"
_LONGEST_VARIABLE = 30
_PAID, _UNPAID = "cancellation", "cancellation_unpaid"

TEXTS: Mapping[str, Mapping[str, str]] = {
    "otp": {
        "en": "{code} is your Marquee code. It is valid for 5 minutes. Do not share it with anybody.",
        "hi": "{code} आपका Marquee कोड है। यह 5 मिनट तक मान्य है। इसे किसी को न बताएँ।",
        "ta": "{code} உங்கள் Marquee குறியீடு. இது 5 நிமிடங்களுக்குச் செல்லும். யாருடனும் பகிர வேண்டாம்.",
    },
    "confirmation": {
        "en": "Marquee: booked. {movie}, {when}, {theater}. Seats {seats}. Reference {reference}. Ticket: {link}",
        "hi": "Marquee: बुकिंग पक्की। {movie}, {when}, {theater}। सीटें {seats}। संदर्भ {reference}। टिकट: {link}",
        "ta": "Marquee: முன்பதிவு உறுதி. {movie}, {when}, {theater}. இருக்கைகள் {seats}. குறிப்பு {reference}. "
        "டிக்கெட்: {link}",
    },
    "seats_cancelled": {
        "en": "Marquee: seats {seats} of {reference} are cancelled, {refund} goes back. New ticket: {link}",
        "hi": "Marquee: {reference} की सीटें {seats} रद्द, {refund} वापस किए जा रहे हैं। नया टिकट: {link}",
        "ta": "Marquee: {reference} இருக்கைகள் {seats} ரத்து, {refund} திருப்பி அனுப்பப்படுகிறது. புதிய டிக்கெட்: {link}",
    },
    "seats_moved": {
        "en": "Marquee: your seats have changed. {movie}, {when}. Now {seats}, {screen}. Reference {reference}. "
        "New ticket: {link}",
        "hi": "Marquee: आपकी सीटें बदल गई हैं। {movie}, {when}। अब {seats}, {screen}। संदर्भ {reference}। नया टिकट: {link}",
        "ta": "Marquee: உங்கள் இருக்கைகள் மாறியுள்ளன. {movie}, {when}. இப்போது {seats}, {screen}. குறிப்பு {reference}. "
        "புதிய டிக்கெட்: {link}",
    },
    _PAID: {
        "en": "Marquee: booking {reference} is cancelled: {movie}, {when}. {refund} goes back the way you paid.",
        "hi": "Marquee: बुकिंग {reference} रद्द: {movie}, {when}। {refund} उसी तरह वापस किए जा रहे हैं।",
        "ta": "Marquee: முன்பதிவு {reference} ரத்து: {movie}, {when}. {refund} அதே வழியில் திருப்பி அனுப்பப்படுகிறது.",
    },
    _UNPAID: {
        "en": "Marquee: booking {reference} is cancelled: {movie}, {when}.",
        "hi": "Marquee: बुकिंग {reference} रद्द: {movie}, {when}।",
        "ta": "Marquee: முன்பதிவு {reference} ரத்து: {movie}, {when}.",
    },
    "reschedule": {
        "en": "Marquee: {movie} ({reference}) has a new time: {when}, {theater}.",
        "hi": "Marquee: {movie} ({reference}) का नया समय: {when}, {theater}।",
        "ta": "Marquee: {movie} ({reference}) புதிய நேரம்: {when}, {theater}.",
    },
    "waitlist_offer": {
        "en": "Marquee: seats {seats} have come free: {movie}, {when}, {theater}. Held for you until {until}: {link}",
        "hi": "Marquee: सीटें {seats} खाली हुई हैं: {movie}, {when}, {theater}। {until} तक आपके लिए रखी हैं: {link}",
        "ta": "Marquee: இருக்கைகள் {seats} கிடைத்துள்ளன: {movie}, {when}, {theater}. {until} வரை உங்களுக்காக: {link}",
    },
    "reminder": {
        "en": "Marquee: {movie} starts {when} at {theater}. Seats {seats}. Reference {reference}.",
        "hi": "Marquee: {movie} {when} पर, {theater}। सीटें {seats}। संदर्भ {reference}।",
        "ta": "Marquee: {movie}, {when}, {theater}. இருக்கைகள் {seats}. குறிப்பு {reference}.",
    },
}
"""By template and language; `{name}` is a variable."""

KINDS = frozenset(
    {
        *(Kind.OTP, Kind.CONFIRMATION, Kind.RESEND, Kind.SEATS_CANCELLED, Kind.SEATS_MOVED),
        *(Kind.CANCELLATION, Kind.RESCHEDULE, Kind.REMINDER, Kind.WAITLIST_OFFER),
    }
)
"""The messages that there are over SMS."""


@dataclass(frozen=True, slots=True)
class Text:
    """An SMS: its template as the carriers know it (None where none is registered), and what it says."""

    template_id: str | None
    body: str


class Texts:
    """Composes SMS. `registered` has the DLT ids of templates: `confirmation.hi` → id."""

    def __init__(self, public_url: str, registered: Mapping[str, str]) -> None:
        self._public_url, self._registered = public_url.rstrip("/"), registered

    def compose(self, delivery: Delivery, language: str, outline: BookingOutline) -> Text:
        """The SMS of a delivery, the same at each attempt."""
        name, values = self._said(delivery, _known(language), outline)
        spoken = _known(language)
        return Text(self._registered.get(f"{name}.{spoken}"), TEXTS[name][spoken].format(**values))

    def _said(self, delivery: Delivery, language: str, outline: BookingOutline) -> tuple[str, dict[str, str]]:
        """The name of the template, and its variables."""
        event = delivery.event
        if isinstance(event, OtpRequested):
            return "otp", {"code": event.code}
        values = _of_show(outline, language)
        if isinstance(event, WaitlistOffered):
            values |= self._offered(event, language)
        return self._said_of_booking(delivery, language, outline, values)

    def _offered(self, event: WaitlistOffered, language: str) -> dict[str, str]:
        """Which seats, until when by the theater's clock, and where to book them."""
        zone = event.show.timezone
        until = format_time(event.expires_at, "short", ZoneInfo(zone), formats.locale_at(language, zone))
        labels = ", ".join(map(str, event.seat_labels))
        link = f"{self._public_url}/showtimes/{event.showtime_id}"
        return {"seats": _shown(labels), "until": one_line(until), "link": link}

    def _said_of_booking(
        self, delivery: Delivery, language: str, outline: BookingOutline, values: dict[str, str]
    ) -> tuple[str, dict[str, str]]:
        event = delivery.event
        if isinstance(event, WaitlistOffered):
            return "waitlist_offer", values
        if isinstance(event, BookingCancelled) and delivery.kind is Kind.CANCELLATION:
            refund = _money(event.refund, event.currency, outline, language)
            return (_PAID if event.refund else _UNPAID), {**values, "refund": refund}
        if delivery.kind is Kind.RESCHEDULE:
            return "reschedule", values
        ticket = ticket_of(event) or outline.ticket
        if ticket is None:
            raise ValueError(f"no ticket is known for a {delivery.kind}")
        values |= {"seats": _shown(_seats(ticket)), "link": self._link(ticket)}
        if delivery.kind is Kind.SEATS_CANCELLED and ticket.cancelled:
            cancelled = ticket.cancelled
            refund = _money(cancelled.refund, cancelled.currency, outline, language)
            labels = ", ".join(map(str, cancelled.seat_labels))
            return "seats_cancelled", {**values, "seats": _shown(labels), "refund": refund}
        if delivery.kind is Kind.SEATS_MOVED:
            return "seats_moved", {**values, "screen": _shown((outline.show or ticket.show).screen_name)}
        return ("reminder" if delivery.kind is Kind.REMINDER else "confirmation"), values

    def _link(self, ticket: TicketIssued) -> str:
        token = f"?token={ticket.link_token}" if ticket.link_token else ""
        return f"{self._public_url}/bookings/{ticket.booking_id}{token}"


def _known(language: str) -> str:
    """The language we write in for this one; English where we have no texts."""
    spoken = language.replace("_", "-").partition("-")[0].lower()
    return spoken if spoken in TEXTS["otp"] else ENGLISH


def _of_show(outline: BookingOutline, language: str) -> dict[str, str]:
    show = outline.show
    values = {"reference": outline.reference or ""}
    if show is None:
        return values | {"movie": "", "theater": "", "when": ""}
    locale = formats.locale_at(language, show.timezone)
    return values | {
        "movie": _shown(show.movie_title),
        "theater": _shown(show.theater_name),
        "when": _when(show.start_at, show.timezone, locale),
    }


def _when(at: datetime, timezone: str, locale: Locale) -> str:
    """`Tue, 15 Jan 6:30 pm`, by the theater's clock and in plain spaces."""
    local = at.astimezone(ZoneInfo(timezone))
    text = f"{format_skeleton('MMMEd', local, locale=locale)} {format_time(local, 'short', locale=locale)}"
    return text.replace("\u202f", " ").replace("\u00a0", " ")


def _money(amount: int, currency: str, outline: BookingOutline, language: str) -> str:
    timezone = outline.show.timezone if outline.show else "Asia/Kolkata"
    text = formats.money(amount, currency, formats.locale_at(language, timezone)).replace("\u00a0", " ")
    return text.replace("₹", "Rs ") if language == ENGLISH else text


def _seats(ticket: TicketIssued) -> str:
    lines = (line for line in ticket.quote.lines if not ticket.seat_ids or line.seat_id in ticket.seat_ids)
    return ", ".join(str(line.label) for line in lines)


def _shown(text: str) -> str:
    """A variable: one line, within the length that carriers take."""
    line = one_line(text)
    return line if len(line) <= _LONGEST_VARIABLE else line[: _LONGEST_VARIABLE - 2].rstrip() + ".."
