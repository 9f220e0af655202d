// The seats that are chosen, each with its ticket, and what they cost before fees and taxes.
import { money } from "../base/format.js";
import { html } from "../base/html.js";
import { area } from "../base/words.js";
import { nameOf, seatName, typeName } from "./names.js";

const say = await area("checkout");

const WHOLE = 100;

/** A seat's price by its ticket type, before fees and taxes; half a minor unit counts as one. */
export const priceOf = (price, ticket) => (ticket ? Math.floor((price * ticket.percent + WHOLE / 2) / WHOLE) : price);

/** What chosen seats cost, by the types of their tickets. */
export const sumOf = (seats, types, tickets) =>
  seats.reduce((sum, seat) => sum + priceOf(seat.price, tickets.find((each) => each.type === types[seat.seatId]) ?? tickets[0]), 0);

/** A seat and the other of its pair. */
const together = (seat, seats) => [seat.seatId, seats.find((each) => each.seatId === seat.seatId)?.pairedWith].filter(Boolean);

const Line = ({ seat, seats, tickets, type, currency, setType, remove }) => {
  const ticket = tickets.find((each) => each.type === type) ?? tickets[0];
  const name = seatName(seat);
  const pair = seats.find((each) => each.seatId === seat.seatId)?.pairedWith;
  return html`<li class="seat">
    <div class="row between">
      <span><strong>${name}</strong> <span class="soft">${typeName(seat.type)}${pair ? ` · ${say("sold together with {seat}", { seat: nameOf(seats, pair) })}` : ""}</span></span>
      <span class="row tight"><span class="number">${money(priceOf(seat.price, ticket), currency)}</span>
        <button type="button" class="remove" aria-label=${say("Remove {seat}", { seat: name })} onClick=${() => remove(together(seat, seats))}>×</button></span>
    </div>
    ${tickets.length > 1 && html`<label class="ticket"><span class="hidden">${say("Ticket for {seat}", { seat: name })}</span>
      <select value=${ticket.type} onChange=${(event) => setType(seat.seatId, event.target.value)}>
        ${tickets.map((each) => html`<option key=${each.type} value=${each.type}>${each.label} · ${money(priceOf(seat.price, each), currency)}</option>`)}
      </select></label>`}
    ${ticket?.proof && html`<p class="hint">${say("Bring along: {proof}", { proof: ticket.proof })}</p>`}
  </li>`;
};

export const Chosen = ({ showtime, selection, seats, types, setType, remove, children }) => {
  const tickets = showtime.ticketTypes;
  const sum = sumOf(selection.seats, types, tickets);
  return html`<section class="card chosen">
    <h3>${say("Your seats")}</h3>
    ${!selection.seats.length && html`<p class="soft">${say("None yet. Choose in the map or in the list, up to 10.")}</p>`}
    <ul>${selection.seats.map((seat) => html`<${Line} key=${seat.seatId} seat=${seat} seats=${seats} tickets=${tickets} type=${types[seat.seatId]} currency=${selection.currency} setType=${setType} remove=${remove} />`)}</ul>
    <div class=${`go ${selection.seats.length ? "ready" : ""}`}>
      ${selection.seats.length > 0 && html`<p class="row between sum"><span>${say("Before fees and taxes")}</span><strong class="number">${money(sum, selection.currency)}</strong></p>`}
      ${children}
    </div>
  </section>`;
};
