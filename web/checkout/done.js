// The ticket, and what becomes of money that came too late.
import { file, save, useFile } from "../base/files.js";
import { clock, longDay, money, seatLabel } from "../base/format.js";
import { html } from "../base/html.js";
import { isSignedIn, user } from "../base/session.js";
import { Button, ButtonLink, Failure, useWork } from "../base/ui.js";
import { area } from "../base/words.js";
import { typeName } from "./names.js";
import { Step } from "./step.js";

const say = await area("checkout");

const Code = ({ booking }) => {
  const { address, problem } = useFile(`/api/bookings/${booking.id}/qr.svg`);
  return html`<div class="qr">${address && html`<img src=${address} alt=${say("QR code of the ticket {reference}", { reference: booking.reference })} width="240" height="240" />`}<${Failure} problem=${problem} /></div>`;
};

const Facts = ({ booking }) => {
  const { showtime } = booking;
  const seats = booking.seats.filter((seat) => seat.status === "booked");
  return html`<dl class="pairs">
    <dt>${say("Reference")}</dt><dd><strong class="mono reference">${booking.reference}</strong></dd>
    <dt>${say("When")}</dt><dd>${say("{day}, {time}", { day: longDay(showtime.startAt, showtime.timezone), time: clock(showtime.startAt, showtime.timezone) })}</dd>
    <dt>${say("Where")}</dt><dd>${showtime.theaterName}, ${showtime.screenName}<br /><span class="soft">${showtime.address}</span></dd>
    <dt>${say("Seats")}</dt><dd>${seats.map((seat) => html`<span key=${seat.seatId} class="badge">${seatLabel(seat)} ${typeName(seat.type)}</span> `)}</dd>
    <dt>${say("Paid")}</dt><dd>${money(booking.amount, booking.currency)}</dd>
  </dl>`;
};

const Next = () => html`<p class="soft">${user.value?.email
  ? say("A mail with the ticket goes to {where}. Its link opens the booking on another device, too.", { where: user.value.email })
  : say("An SMS with the ticket goes to {where}.", { where: user.value?.phone ?? "" })}
  ${!isSignedIn.value && html` ${say("To keep your bookings together, open an account with the same e-mail or phone.")} <a href="/account">${say("Open an account")}</a>`}</p>`;

export const Done = ({ sale }) => {
  const booking = sale.booking.value;
  const [load, { busy, problem }] = useWork(async (path, name) => save(await file(path), name));
  const path = `/api/bookings/${booking.id}`;
  return html`<${Step} title=${booking.status === "cancelled" ? say("This booking was cancelled") : say("Your seats are booked")} class="done">
    <div class="card admission">
      ${booking.qrCode && html`<${Code} booking=${booking} />`}
      <div>
        <${Facts} booking=${booking} />
        <div class="actions">
          <${Button} busy=${busy} onClick=${() => load(`${path}/ticket.pdf`, `${booking.reference}.pdf`)}>${say("Ticket as PDF")}<//>
          <${Button} busy=${busy} onClick=${() => load(`${path}/ticket.ics`, `${booking.reference}.ics`)}>${say("Add to calendar")}<//>
          <${ButtonLink} href=${`/bookings/${booking.id}`}>${say("Show my booking")}<//>
        </div>
        <${Failure} problem=${problem} />
      </div>
    </div>
    <${Next} />
    <p><${Button} kind="quiet" onClick=${() => sale.another()}>${say("Book more seats")}<//></p>
  <//>`;
};

export const Lost = ({ sale }) => {
  const booking = sale.booking.value;
  const refund = booking.refund ?? { amount: booking.amount };
  return html`<${Step} title=${say("The seats were gone")}>
    <div class="notice bad" role="alert"><p>${say("Your payment came after the seats had been let go, and somebody else has them. {amount} goes back to you by itself; the bank takes a few days.", { amount: money(refund.amount, booking.currency) })}</p></div>
    <p class="soft">${say("Reference")}: <span class="mono">${booking.reference}</span></p>
    <div class="actions">
      <${Button} kind="primary" onClick=${() => sale.another()}>${say("Choose other seats")}<//>
      <${ButtonLink} href=${`/bookings/${booking.id}`}>${say("Show my booking")}<//>
    </div>
  <//>`;
};
