// A booking: what was bought, the code for the entrance, papers, and what its guest may do with it.
import { useEffect, useState } from "preact/hooks";
import { dayAndClock, longDay, clock, money, seatLabel } from "../base/format.js";
import { html } from "../base/html.js";
import { ButtonLink, Failure, Loading, Title, useLoaded, useTabTitle } from "../base/ui.js";
import { area } from "../base/words.js";
import { OwnActions } from "./booking_actions.js";
import { readBooking } from "./booking_reading.js";
import { refundOf, seatsOf, stateOf } from "./booking_states.js";
import { Entrance } from "./entrance.js";
import { forgetToken } from "./link_token.js";
import { languageText, ticketText } from "./names.js";

const say = await area("storefront");

const LOOK_AGAIN_SECONDS = 2;
const LOOKS_QUICKLY = 30; // then every ten seconds
const LATER_SECONDS = 10;

const labels = (seats) => seats.map(seatLabel).join(", ");
const Pair = ({ name, children }) => children ? html`<dt>${name}</dt><dd>${children}</dd>` : null;

const Details = ({ booking }) => {
  const { showtime } = booking;
  const before = seatsOf(booking).flatMap(({ movedFrom }) => movedFrom ?? []);
  return html`<dl class="pairs">
    <${Pair} name=${say("Theater")}>${[showtime.theaterName, showtime.address].filter(Boolean).join(", ")}<//>
    <${Pair} name=${say("Screen")}>${[showtime.screenName, showtime.format, languageText(showtime.language)].filter(Boolean).join(" · ")}<//>
    <${Pair} name=${say("Seats")}>${labels(seatsOf(booking))}<//>
    <${Pair} name=${say("Seats before")}>${before.length > 0 && html`${labels(before)} <span class="soft">${say("(the theater moved you)")}</span>`}<//>
    <${Pair} name=${say("Booking reference")}><span class="mono">${booking.reference}</span><//>
    <${Pair} name=${say("Invoice")}>${booking.invoiceNumber}<//>
  </dl>`;
};

const Line = ({ name, amount, currency, off = false, total = false }) =>
  html`<tr class=${total ? "total" : ""}><th scope="row">${off ? html`<s>${name}</s> <span class="soft">${say("cancelled")}</span>` : name}</th><td class="number">${money(amount, currency)}</td></tr>`;

const Prices = ({ booking }) => {
  const { seats, fees, taxes, amount, currency, refund, status } = booking;
  const isPaid = status !== "pending" && status !== "expired";
  return html`<section class="card" aria-labelledby="prices">
    <h2 id="prices">${say("Price")}</h2>
    <table class="prices"><tbody>
      ${seats.map((seat) => html`<${Line} key=${seat.seatId} name=${say("Seat {seat}, {type}", { seat: seatLabel(seat), type: ticketText(seat.ticketType) })} amount=${seat.price} currency=${currency} off=${seat.status === "cancelled"} />`)}
      ${fees > 0 && html`<${Line} name=${say("Fees")} amount=${fees} currency=${currency} />`}
      ${taxes > 0 && html`<${Line} name=${say("Taxes")} amount=${taxes} currency=${currency} />`}
      <${Line} name=${isPaid ? say("Paid in all") : say("Total")} amount=${amount} currency=${currency} total />
      ${refund?.amount > 0 && html`<${Line} name=${say("Refund")} amount=${-refund.amount} currency=${currency} />`}
    </tbody></table>
  </section>`;
};

const When = ({ showtime }) => showtime.startAt
  ? html`<p class="when"><time datetime=${showtime.startAt}>${longDay(showtime.startAt, showtime.timezone)}, <strong>${clock(showtime.startAt, showtime.timezone)}</strong></time></p>`
  : null;

const State = ({ booking }) => {
  const { badge, title, text } = stateOf(booking);
  const refund = refundOf(booking);
  return html`<div class="state" role="status">
    <p><span class=${`badge ${badge}`}>${title}</span></p>
    ${text && html`<p>${text}</p>`}
    ${refund && html`<p class="notice">${refund}</p>`}
    ${booking.cancelledAt && html`<p class="soft small">${say("Cancelled on {time}", { time: dayAndClock(booking.cancelledAt, booking.showtime.timezone ?? undefined) })}</p>`}
  </div>`;
};

const Next = ({ booking, isOwn }) => {
  if (booking.status === "pending" && isOwn) return html`<p class="actions"><${ButtonLink} href=${`/showtimes/${booking.showtime.id}`}>${say("Not paid yet? Go on there")}<//></p>`;
  if (!["expired", "refunded", "cancelled"].includes(booking.status)) return null;
  return html`<p class="actions">
    ${booking.status === "expired" && html`<${ButtonLink} kind="primary" href=${`/showtimes/${booking.showtime.id}`}>${say("Choose seats again")}<//>`}
    <${ButtonLink} href="/">${say("To the films")}<//>
  </p>`;
};

const Booking = ({ loaded, arrived, set }) => {
  const { booking, isOwn, token } = loaded;
  return html`<article class="booking">
    <header><${State} booking=${booking} /><${Title} focus=${arrived}>${booking.showtime.movieTitle ?? say("Your tickets")}<//><${When} showtime=${booking.showtime} /></header>
    <div class="split">
      <div>
        <${Details} booking=${booking} />
        <${Prices} booking=${booking} />
        ${isOwn && html`<${OwnActions} booking=${booking} changed=${(changed) => set({ ...loaded, booking: changed })} />`}
        ${!isOwn && html`<${ByLink} booking=${booking} />`}
        <${Next} booking=${booking} isOwn=${isOwn} />
      </div>
      ${booking.qrCode && html`<aside><${Entrance} key=${booking.qrCode} booking=${booking} token=${token} /></aside>`}
    </div>
  </article>`;
};

const ByLink = ({ booking }) => ["confirmed", "cancelled"].includes(booking.status) && html`<p class="soft small">
  ${say("To cancel, or to have the invoice, sign in. Bought without an account? Open one with the e-mail address that you gave, and confirm it by the mail that comes.")} <a href="/account">${say("Sign in")}</a>
</p>`;

const REFUSED = {
  401: () => say("This link is not valid any more. The newest mail about your booking has the one that works."),
  404: () => say("There is no such booking among yours. Use the link in your mail, or sign in with the account that bought it."),
};

const Refused = ({ problem, reload, id }) => {
  const words = REFUSED[problem.status];
  if (!words) return html`<${Failure} problem=${problem} again=${reload} />`;
  const anew = () => {
    forgetToken(`/bookings/${id}`);
    location.assign("/account");
  };
  return html`<${Failure} problem=${{ message: words() }}><p class="actions"><button type="button" class="button" onClick=${anew}>${say("Sign in")}</button></p><//>`;
};

const Unknown = () => html`<p>${say("Open this page by the link in your mail.")}</p>
  <p>${say("If you bought with an account, sign in to see it.")}</p>
  <p class="actions"><${ButtonLink} kind="primary" href="/account">${say("Sign in")}<//></p>`;

const usePolling = (isPending, reload) => {
  const [looks, setLooks] = useState(0);
  useEffect(() => {
    if (!isPending) return undefined;
    const seconds = looks < LOOKS_QUICKLY ? LOOK_AGAIN_SECONDS : LATER_SECONDS;
    const timer = setTimeout(() => {
      setLooks(looks + 1);
      reload();
    }, seconds * 1000);
    return () => clearTimeout(timer);
  }, [isPending, looks]);
};

export default function BookingPage({ id, arrived }) {
  const { value, problem, reload, set } = useLoaded((signal) => readBooking(id, signal), [id]);
  const booking = value?.booking;
  useTabTitle(booking?.showtime.movieTitle ?? say("Your tickets"));
  usePolling(booking?.status === "pending" || booking?.refund?.status === "due", reload);
  if (booking) return html`<${Booking} loaded=${value} arrived=${arrived} set=${set} />`;
  return html`<${Title} focus=${arrived}>${say("Your tickets")}<//>
    ${problem ? html`<${Refused} problem=${problem} reload=${reload} id=${id} />` : value ? html`<${Unknown} />` : html`<${Loading} lines=${6} />`}`;
}
