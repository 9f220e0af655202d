// Where a purchase waits or stops, and what to do then.
import { money } from "../base/format.js";
import { html } from "../base/html.js";
import { Button, ButtonLink, Failure, Loading, useWork } from "../base/ui.js";
import { area } from "../base/words.js";
import { Step } from "./step.js";

const say = await area("checkout");

const Films = ({ movieId }) => html`<div class="actions">
  ${movieId && html`<${ButtonLink} kind="primary" href=${`/movies/${movieId}`}>${say("Other shows of this film")}<//>`}
  <${ButtonLink} href="/">${say("To the films")}<//>
</div>`;

export const Unknown = () => html`<h1>${say("There is no such show")}</h1><p>${say("The link may be old or cut off.")}</p><${Films} />`;

export const Closed = ({ sale }) => {
  const { status, movieId } = sale.showtime.value;
  const isCancelled = status === "cancelled";
  return html`<${Step} title=${isCancelled ? say("This show was cancelled") : say("Tickets for this show are not sold any more")} quiet=${true}>
    <p role="status">${isCancelled ? say("Whoever had tickets gets all the money back, by itself.") : say("It has begun, is over, or was taken off.")}</p>
    ${isCancelled && html`<p><a href="/bookings">${say("My bookings")}</a></p>`}
    <${Films} movieId=${movieId} />
  <//>`;
};

export const Settling = ({ sale }) => html`<${Step} title=${say("Your payment is being confirmed")}>
  <p role="status">${say("This takes a few seconds. You may close this page: the ticket comes by mail or SMS either way.")}</p>
  <${Loading} lines=${2} />
  ${sale.memory.value.bookingId && html`<p><a href=${`/bookings/${sale.memory.value.bookingId}`}>${say("My booking")}</a></p>`}
<//>`;

const NewPrice = ({ before, now, currency, accept }) => html`<div class="notice warn" role="alert">
  <p>${say("The price changed: it was {before}, now it is {now}.", { before: money(before, currency), now: money(now, currency) })}</p>
  <p><${Button} onClick=${accept}>${say("Hold them for {price}", { price: money(now, currency) })}<//></p>
</div>`;

export const Ended = ({ sale }) => {
  const { seatIds, ticketTypes, total, bookingId } = sale.memory.value;
  const currency = sale.showtime.value.currency;
  const [hold, { busy, problem }] = useWork((expectedTotal) =>
    sale.holdSeats({ seatIds, ...(Object.keys(ticketTypes ?? {}).length ? { ticketTypes } : {}), ...(expectedTotal === undefined ? {} : { expectedTotal }) }));
  return html`<${Step} title=${say("The time is up")}>
    <p role="alert">${bookingId ? say("Your seats were let go, so that others may have them.") : say("Your seats were let go, so that others may have them. Nothing was taken.")}</p>
    ${bookingId && html`<p>${say("If you paid in the last moment: we look whether it came through. You get the seats or the money, by itself.")} <a href=${`/bookings/${bookingId}`}>${say("My booking")}</a></p>`}
    ${problem?.code === "seats_unavailable" && html`<div class="notice bad" role="alert"><p>${say("They are gone already. Please choose others.")}</p></div>`}
    ${problem?.code === "price_changed" && html`<${NewPrice} before=${total} now=${problem.body.total} currency=${currency} accept=${() => hold(problem.body.total)} />`}
    ${!["seats_unavailable", "price_changed"].includes(problem?.code) && html`<${Failure} problem=${problem} />`}
    <div class="actions">
      <${Button} kind="primary" busy=${busy} onClick=${() => hold(total)}>${say("Hold the same seats again")}<//>
      <${Button} onClick=${() => sale.chooseAgain()}>${say("Choose other seats")}<//>
    </div>
  <//>`;
};
