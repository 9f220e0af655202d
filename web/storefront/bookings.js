// What this browser's user has bought: what is to come, and what is over.
import { all } from "../base/api.js";
import { clock, dateIn, dateText, day, seatLabel } from "../base/format.js";
import { html } from "../base/html.js";
import { isSignedIn, resume, user } from "../base/session.js";
import { SignIn } from "../base/signin.js";
import { ButtonLink, Empty, Failure, Loading, Notice, Title, useLoaded, useTabTitle } from "../base/ui.js";
import { area } from "../base/words.js";
import { refundOf, seatsOf, stateOf } from "./booking_states.js";

const say = await area("storefront");
const LONGEST_SHOW_HOURS = 4; // so long after its start a booking still stands under what is to come

const read = async (signal) => ((await resume()) ? all("/api/bookings/my", {}, { signal }) : null);

const isOver = ({ status, showtime }) =>
  ["expired", "cancelled", "refunded"].includes(status) || Date.parse(showtime.startAt) + LONGEST_SHOW_HOURS * 3_600_000 < Date.now();

const Leaf = ({ showtime: { startAt, timezone } }) => {
  if (!startAt) return html`<span class="leaf"></span>`;
  const date = dateIn(startAt, timezone);
  return html`<span class="leaf" aria-hidden="true"><span>${dateText(date, { month: "short" })}</span><strong>${dateText(date, { day: "numeric" })}</strong><span>${dateText(date, { weekday: "short" })}</span></span>`;
};

const Row = ({ booking }) => {
  const { showtime } = booking;
  const { badge, name } = stateOf(booking);
  const title = showtime.movieTitle ?? booking.reference;
  return html`<li><a class="bought" href=${`/bookings/${booking.id}`}>
    <${Leaf} showtime=${showtime} />
    <span class="text">
      <strong class="name">${title}</strong>
      ${showtime.startAt && html`<span>${day(showtime.startAt, showtime.timezone)}, ${clock(showtime.startAt, showtime.timezone)}</span>`}
      <span class="soft small">${[showtime.theaterName, showtime.screenName].filter(Boolean).join(" · ")}</span>
      <span class="soft small">${say("Seats {seats}", { seats: seatsOf(booking).map(seatLabel).join(", ") })}</span>
      <span><span class=${`badge ${badge}`}>${name}</span></span>
      ${refundOf(booking) && html`<span class="small">${refundOf(booking)}</span>`}
    </span>
  </a></li>`;
};

const Part = ({ title, bookings }) => bookings.length > 0 && html`<section>
  <h2>${title}</h2>
  <ul class="boughts">${bookings.map((booking) => html`<${Row} key=${booking.id} booking=${booking} />`)}</ul>
</section>`;

const startOf = ({ showtime }) => Date.parse(showtime.startAt ?? 0);

const Listed = ({ bookings }) => {
  const toCome = bookings.filter((booking) => !isOver(booking)).sort((one, other) => startOf(one) - startOf(other));
  const over = bookings.filter(isOver);
  return html`<div class="stack">
    ${!toCome.length && html`<${Empty}><p>${say("No tickets for shows to come.")}</p><p class="row centered"><${ButtonLink} kind="primary" href="/">${say("To the films")}<//></p><//>`}
    <${Part} title=${say("To come")} bookings=${toCome} />
    <${Part} title=${say("Over")} bookings=${over} />
  </div>`;
};

const Guest = () => html`<${Notice}>
  <p>${say("You bought without an account: these tickets are listed in this browser alone. The links in your mails open them anywhere.")}</p>
  <p><a href="/account">${say("Open an account to keep them")}</a></p>
<//>`;

export default function Bookings({ arrived }) {
  const who = user.value?.id;
  const { value, problem, reload, isLoading } = useLoaded(read, [who]);
  useTabTitle(say("My bookings"));
  return html`<div class="bookings">
    <${Title} focus=${arrived}>${say("My bookings")}<//>
    ${value && html`<p><a href="/waitlist">${say("My waiting lists")}</a></p>`}
    <${Failure} problem=${problem} again=${reload} />
    ${isLoading && !value && html`<${Loading} lines=${6} />`}
    ${!isLoading && !value && !problem && html`<div class="narrow"><p>${say("Sign in to see what you bought. Without an account, use the link in your mail.")}</p><${SignIn} onDone=${reload} /></div>`}
    ${value && html`${!isSignedIn.value && value.length > 0 && html`<${Guest} />`}<${Listed} bookings=${value} />`}
  </div>`;
}
