// One booking: whose it is, its money, its messages, and all that happened to it.
import { useState } from "preact/hooks";
import { api } from "../../base/api.js";
import { dayAndClock, money, seatLabel } from "../../base/format.js";
import { html } from "../../base/html.js";
import { Button, Failure, Loading, Notice, Title, useLoaded, useWork } from "../../base/ui.js";
import { area } from "../../base/words.js";
import { languageText } from "../../storefront/names.js";
import { file, save } from "../../base/files.js";
import { pathOf } from "../sections.js";
import { Cancel, Refund, Resend, leftOf } from "./actions.js";
import { Status, moneyState, reasonText, tenderText } from "./states.js";

const say = await area("console_bookings");

const About = ({ booking }) => {
  const { showtime, customer } = booking;
  return html`<section class="card" aria-labelledby="about"><h2 id="about">${showtime.movieTitle}</h2>
    <dl class="pairs">
      <dt>${say("Show")}</dt><dd><a href=${pathOf("seats", showtime.id)}>${dayAndClock(showtime.startAt, showtime.timezone)}</a> · ${showtime.theaterName}, ${showtime.screenName} · ${languageText(showtime.language)} · ${showtime.format}</dd>
      <dt>${say("Seats")}</dt><dd>${booking.seats.map((seat) => html`<span key=${seat.seatId} class="seat">${seat.status === "cancelled" ? html`<s>${seatLabel(seat)}</s>` : html`<b>${seatLabel(seat)}</b>`} <span class="soft small">${seat.ticketType} · ${money(seat.price, booking.currency)}${seat.status === "cancelled" ? ` · ${say("cancelled")}` : ""}</span></span>`)}</dd>
      <dt>${say("Guest")}</dt><dd>${customer ? html`${customer.name || say("Guest")}${customer.email && html`<br /><a href=${`mailto:${customer.email}`}>${customer.email}</a>`}${customer.phone && html`<br /><a href=${`tel:${customer.phone}`}>${customer.phone}</a>`}` : say("Sold at the counter")}</dd>
      ${booking.invoiceNumber && html`<dt>${say("Invoice")}</dt><dd>${booking.invoiceNumber}</dd>`}
    </dl></section>`;
};

const Money = ({ booking, timeZone }) => {
  const { paid, back, left } = leftOf(booking);
  return html`<section class="card" aria-labelledby="money"><h2 id="money">${say("Money")}</h2>
    <dl class="pairs">
      <dt>${say("Paid")}</dt><dd class="number">${money(paid, booking.currency)}</dd>
      <dt>${say("Fees and taxes in it")}</dt><dd class="number">${money(booking.fees + booking.taxes, booking.currency)}</dd>
      <dt>${say("Given back")}</dt><dd class="number">${money(back, booking.currency)}</dd>
      <dt>${say("Left")}</dt><dd class="number"><b>${money(left, booking.currency)}</b></dd>
    </dl>
    <ul class="small plain">
      ${booking.payments.map((payment) => html`<li key=${payment.id}>${dayAndClock(payment.at, timeZone)} · ${tenderText(payment)} · ${money(payment.amount, payment.currency)} · ${moneyState(payment.status)}${(payment.providerRef ?? payment.reference) && html` <span class="mono soft">${payment.providerRef ?? payment.reference}</span>`}</li>`)}
      ${booking.refunds.map((refund, at) => html`<li key=${at}>${refund.at && `${dayAndClock(refund.at, timeZone)} · `}${say("Refund")} · ${money(refund.amount, refund.currency)} · ${moneyState(refund.status)} · ${refund.note ?? reasonText(refund.reason)}</li>`)}
    </ul></section>`;
};

const Messages = ({ messages, timeZone }) => messages.length > 0 && html`<section class="card" aria-labelledby="messages"><h2 id="messages">${say("Messages")}</h2>
  <ul class="small plain">${messages.map((message, at) => html`<li key=${at}>${dayAndClock(message.at, timeZone)} · ${message.channel === "sms" ? say("SMS") : say("Mail")} · ${message.kind.replaceAll("_", " ")} <span class=${`badge ${["failed", "bounced"].includes(message.status) ? "bad" : ""}`}>${message.status}</span></li>`)}</ul></section>`;

const Timeline = ({ id, timeZone, turn }) => {
  const { value, problem, reload } = useLoaded((signal) => api.get(`/api/admin/bookings/${id}/timeline`, { signal }), [id, turn]);
  return html`<section class="card" aria-labelledby="timeline"><h2 id="timeline">${say("Timeline")}</h2>
    <${Failure} problem=${problem} again=${reload} />
    ${!value && !problem && html`<${Loading} />`}
    ${value && html`<ol class="timeline">${value.items.map((entry, at) => html`<li key=${at}><time class="soft small" datetime=${entry.at}>${dayAndClock(entry.at, timeZone)}</time><div><b>${entry.what.replaceAll("_", " ")}</b> <span class="soft small">${entry.service}</span><p class="small">${entry.detail}</p></div></li>`)}</ol>`}</section>`;
};

const Print = ({ booking }) => {
  const [print, { busy, problem }] = useWork(async () => save(await file(`/api/bookings/${booking.id}/ticket.pdf?format=slip`), `${booking.reference}.pdf`));
  return html`<${Button} busy=${busy} onClick=${print}>${say("Ticket as PDF")}<//><${Failure} problem=${problem} />`;
};

export const One = ({ id, arrived }) => {
  const { value: booking, problem, reload } = useLoaded((signal) => api.get(`/api/admin/bookings/${id}`, { signal }), [id]);
  const [opened, setOpened] = useState(null);
  const [done, setDone] = useState(null);
  const [turn, setTurn] = useState(0);
  const onDone = (text) => {
    setDone(text);
    setOpened(null);
    setTurn(turn + 1);
    reload();
  };
  const back = html`<p><a href=${pathOf("bookings")}>${say("All bookings")}</a></p>`;
  if (!booking) return html`${back}<${Title} focus=${arrived}>${say("Booking")}<//>${problem ? html`<${Failure} problem=${problem} again=${reload} />` : html`<${Loading} lines=${6} />`}`;
  const { timezone } = booking.showtime;
  const isLive = ["confirmed", "checked_in"].includes(booking.status);
  const dialog = { booking, onDone, onClose: () => setOpened(null) };
  return html`${back}
    <${Title} focus=${arrived}><span class="mono">${booking.reference}</span> <span class="state"><${Status} status=${booking.status} reason=${booking.reason} /></span><//>
    ${done && html`<${Notice} kind="good"><p>${done}</p><//>`}
    <${Failure} problem=${problem} again=${reload} />
    <div class="actions">
      ${leftOf(booking).left > 0 && html`<${Button} onClick=${() => setOpened("refund")}>${say("Refund")}<//>`}
      ${isLive && html`<${Resend} booking=${booking} onDone=${onDone} /><${Print} booking=${booking} /><${Button} kind="danger" onClick=${() => setOpened("cancel")}>${say("Cancel the booking")}<//>`}
    </div>
    <div class="split facts"><div><${About} booking=${booking} /><${Timeline} id=${id} timeZone=${timezone} turn=${turn} /></div>
      <div><${Money} booking=${booking} timeZone=${timezone} /><${Messages} messages=${booking.messages} timeZone=${timezone} /></div></div>
    ${opened === "refund" && html`<${Refund} ...${dialog} />`}
    ${opened === "cancel" && html`<${Cancel} ...${dialog} />`}`;
};
