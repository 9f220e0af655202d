"""The mails about a booking: its ticket, its changes, its end."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from contracts.booking import BookingCancelled, BookingRefused, BookingRescheduled, TicketIssued
from contracts.layout import SeatLabel
from contracts.payment import PaymentRefunded
from contracts.prices import QuoteLine
from contracts.seating import WaitlistOffered
from contracts.shows import ShowDetails
from notify.domain import BookingOutline
from notify.languages import Reader
from notify.letter import Letter, Link
from notify.links import Links
from notify.shares import share_of
from printing.text import printable
from tickets.page import ticket_label


@dataclass(frozen=True, slots=True)
class BookingLetters:
    """Writes the letters about one booking to one reader; `at` is when."""

    reader: Reader
    links: Links
    booking_id: str
    outline: BookingOutline
    at: datetime

    def confirmation(self, ticket: TicketIssued) -> Letter:
        """The ticket, with what was paid, and what the theater has moved since it was bought."""
        say = self.reader.say
        text = say("Enjoy the show! Your ticket and a calendar entry are attached.")
        return self._with_ticket(ticket, say("Your tickets"), say("Your seats are booked"), *self._moved(ticket), text)

    def resend(self, ticket: TicketIssued) -> Letter:
        """The ticket once more."""
        say = self.reader.say
        text = say("You asked for your ticket again. It is attached, with a calendar entry.")
        return self._with_ticket(ticket, say("Your tickets"), say("Your tickets once more"), text)

    def seats_cancelled(self, ticket: TicketIssued) -> Letter:
        """The new ticket of a booking that has lost some of its seats."""
        say, cancelled = self.reader.say, ticket.cancelled
        texts = [say("Your earlier ticket no longer admits. The new one is attached, with a calendar entry.")]
        if cancelled:
            gone = say("Cancelled: {seats}.", seats=_joined(cancelled.seat_labels))
            texts = [gone, self._money_back(cancelled.refund, cancelled.currency), *self._moved(ticket), *texts]
        return self._with_ticket(ticket, say("Your new ticket"), say("Some of your seats are cancelled"), *texts)

    def seats_moved(self, ticket: TicketIssued) -> Letter:
        """The new ticket of a booking whose seats the theater moved."""
        say = self.reader.say
        new = say("Your earlier ticket no longer admits. The new one is attached, with a calendar entry.")
        return self._with_ticket(
            ticket, say("Your new ticket"), say("Your seats have changed"), *self._moved(ticket), new
        )

    def cancellation(self, event: BookingCancelled) -> Letter:
        """The whole booking has ended."""
        say, is_of_show = self.reader.say, event.reason == "showtime_cancelled"
        why = {
            "by_guest": say("You cancelled this booking."),
            "showtime_cancelled": say("The theater has cancelled this show. We are sorry."),
            "by_theater": say("The theater has cancelled this booking. We are sorry."),
        }[event.reason]
        texts = [why, self._money_back(event.refund, event.currency)]
        if event.was_confirmed:
            texts.append(say("Your ticket no longer admits."))
        title = say("Your show is cancelled") if is_of_show else say("Your booking is cancelled")
        letter = self._about_show(title, title, tuple(texts), event.seat_labels)
        return replace(letter, button=self._to_booking(say("Show my booking")))

    def refusal(self, event: BookingRefused) -> Letter:
        """Paid, but the seats could not be had."""
        say = self.reader.say
        why = {
            "seats_lost": say("Your payment came when the seats were no longer yours to have. We are sorry."),
            "showtime_cancelled": say("The theater has cancelled this show. We are sorry."),
            "too_late": say("Your payment came after the sale for this show had ended. We are sorry."),
        }[event.reason]
        amount = self.reader.money(event.refund, event.currency)
        back = say("All of your money, {amount}, goes back the way you paid.", amount=amount)
        title = say("Your seats could not be booked")
        letter = self._about_show(title, title, (why, back), event.seat_labels)
        return replace(letter, button=Link(say("Find another show"), self.links.home()))

    def waitlist_offer(self, event: WaitlistOffered) -> Letter:
        """Seats came free for one who waited for them."""
        reader, say = self.reader, self.reader.say
        until, amount = reader.time(event.expires_at), reader.money(event.total, event.currency)
        texts = (
            say("The seats that you wait for have come free. They are held for you until {time}.", time=until),
            say("They cost {amount}. What you do not book by then goes to whoever waits next.", amount=amount),
        )
        title = say("Seats have come free for you")
        letter = self._about_show(title, title, texts, event.seat_labels)
        return replace(letter, button=Link(say("Book these seats"), self.links.showtime(event.showtime_id)))

    def refund(self, event: PaymentRefunded) -> Letter:
        """Money is on its way back."""
        say, amount = self.reader.say, self.reader.money(event.amount, event.currency)
        back = say("{amount} goes back the way you paid.", amount=amount)
        needless = say("This payment was not needed for your booking.")
        wait = say("Banks take up to seven working days to show it.")
        texts = (back, wait) if event.of_booking else (back, needless, wait)
        title = say("Your refund is on its way")
        return replace(self._about_show(title, title, texts), button=self._to_booking(say("Show my booking")))

    def refund_delayed(self, amount: int, currency: str) -> Letter:
        """Money that is owed could not be sent back yet."""
        say = self.reader.say
        texts = (
            say("Your refund of {amount} could not be sent yet.", amount=self.reader.money(amount, currency)),
            say("We keep trying, and our staff knows of it. You need not do anything: we write again when it is done."),
        )
        title = say("Your refund is delayed")
        return replace(self._about_show(title, title, texts), button=self._to_booking(say("Show my booking")))

    def reschedule(self, event: BookingRescheduled, *, is_before_old_start: bool) -> Letter:
        """The show has another start."""
        reader, say = self.reader, self.reader.say
        before = reader.when(event.previous_start_at)
        terms = say("If that does not suit you, the theater's terms of cancellation count, by the new time.")
        if is_before_old_start:
            terms = say("If that does not suit you, cancel before {when} and you get everything back.", when=before)
        texts = (
            say("The theater has moved your show. It was to begin on {when}; the new time stands below.", when=before),
            say("Your seats and your ticket stay as they are."),
            terms,
        )
        title = say("Your show has a new time")
        letter = self._about_show(title, title, texts, self._labels())
        return replace(letter, button=self._to_booking(say("Show my tickets")))

    def reminder(self) -> Letter:
        """The show begins soon."""
        say, show = self.reader.say, self.outline.show
        texts = [say("Have your ticket at hand, on your phone or on paper.")]
        if show:
            texts.insert(0, say("It begins at {time}.", time=self.reader.time(show.start_at)))
        title = say("Your show begins soon")
        letter = self._about_show(title, title, tuple(texts), self._labels())
        off = say("You can turn reminders off in your account.")
        return replace(letter, button=self._to_booking(say("Show my tickets")), footer=(off,))

    def _moved(self, ticket: TicketIssued) -> Iterator[str]:
        """What the theater moved, and before the start that all of the money comes back where that does not suit;
        nothing where it moved nothing."""
        reader, say, moved = self.reader, self.reader.say, ticket.moved
        if moved is None:
            return
        show = self.outline.show or ticket.show
        if moved.reason == "screen_changed":
            screen = printable(show.screen_name)
            yield say("The theater has moved your show to another screen: {screen}.", screen=screen)
        if moved.seat_labels:
            yield say(
                "The theater had to move your seats. You bought {before} and have {now} now.",
                before=_joined(moved.sold_labels),
                now=_joined(moved.seat_labels),
            )
        if show.start_at <= self.at:
            return
        start = reader.when(show.start_at)
        if ticket.contact is None:
            yield say("If that does not suit you, cancel before {when} and you get everything back.", when=start)
        else:
            yield say("If that does not suit you, the theater gives you everything back before {when}.", when=start)

    def _with_ticket(self, ticket: TicketIssued, title: str, heading: str, *texts: str) -> Letter:
        say, links, token = self.reader.say, self.links, ticket.link_token
        return replace(
            self._about_show(title, heading, texts, self._labels()),
            code=say("Show this code at the entrance, on your phone or on paper. It admits once."),
            lines=tuple(self._lines(ticket)),
            button=Link(say("Show my tickets"), links.booking(self.booking_id, token)),
            links=(
                Link(say("Ticket as PDF"), links.ticket(self.booking_id, token, "pdf")),
                Link(say("Add to calendar"), links.ticket(self.booking_id, token, "ics")),
            ),
            closing=(say("If the code cannot be read, give the reference at the entrance."),),
        )

    def _about_show(
        self, title: str, heading: str, texts: tuple[str, ...], seats: tuple[SeatLabel, ...] = ()
    ) -> Letter:
        """A letter that says which show, which seats and which booking it is about."""
        outline, say = self.outline, self.reader.say
        show = outline.show
        movie = printable(show.movie_title) if show else ""
        facts = [*_facts_of(self.reader, show)] if show else []
        if seats:
            facts.append((say("Seat") if len(seats) == 1 else say("Seats"), _joined(seats)))
        if outline.reference:
            facts.append((say("Booking reference"), outline.reference))
        subject = f"{title}: {movie}" if movie else title
        return Letter(
            subject=f"{subject} ({outline.reference})" if outline.reference else subject,
            heading=heading,
            paragraphs=texts,
            event=movie,
            facts=tuple(facts),
        )

    def _lines(self, ticket: TicketIssued) -> Iterator[tuple[str, str]]:
        """What the seats cost, charge by charge, and the total."""
        say, share, currency = self.reader.say, share_of(ticket), ticket.quote.currency
        amounts = [
            (say("Seat {label} ({type})", label=line.label, type=_kind(line)), line.price) for line in share.lines
        ]
        amounts += [(charge.name, charge.amount) for charge in (*share.fees, *share.taxes)]
        if rest := share.total - sum(amount for _, amount in amounts):
            amounts.append((say("Adjustment") if share.total else say("Complimentary"), rest))
        amounts.append((say("Total"), share.total))
        for name, amount in amounts:
            yield printable(name), self.reader.money(amount, currency)

    def _money_back(self, refund: int, currency: str) -> str:
        if not refund:
            return self.reader.say("By the terms of this booking nothing is paid back.")
        return self.reader.say("{amount} goes back the way you paid.", amount=self.reader.money(refund, currency))

    def _to_booking(self, label: str) -> Link:
        ticket = self.outline.ticket
        return Link(label, self.links.booking(self.booking_id, ticket.link_token if ticket else None))

    def _labels(self) -> tuple[SeatLabel, ...]:
        """The seats of the newest ticket, where it is known."""
        return tuple(line.label for line in share_of(self.outline.ticket).lines) if self.outline.ticket else ()


def _facts_of(reader: Reader, show: ShowDetails) -> Iterator[tuple[str, str]]:
    """When and where, by the theater's clock."""
    say = reader.say
    yield say("Date"), reader.date(show.start_at)
    yield say("Time"), reader.time(show.start_at)
    yield say("Theater"), printable(show.theater_name)
    yield say("Screen"), printable(show.screen_name)
    yield say("Address"), printable(show.address)
    about = (reader.name_of_language(show.language), show.format)
    yield say("Language"), " · ".join(printable(part) for part in about if part)


def _joined(labels: tuple[SeatLabel, ...]) -> str:
    return ", ".join(str(label) for label in labels)


def _kind(line: QuoteLine) -> str:
    """`recliner`; `Child, recliner` for a ticket that is no ordinary one."""
    return ", ".join(part for part in (ticket_label(line), line.type) if part)
