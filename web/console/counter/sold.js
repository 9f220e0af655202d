// The sale is done: the change, the ticket to print, and the next one.
import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../../base/api.js";
import { dayAndClock, money, seatLabel } from "../../base/format.js";
import { html } from "../../base/html.js";
import { Button, ButtonLink, Failure, Loading, Notice, useLoaded } from "../../base/ui.js";
import { area } from "../../base/words.js";
import { file } from "../../base/files.js";
import { pathOf } from "../sections.js";

const say = await area("console_counter");
const WAITS_MS = 600;
const TURNS = 40;

const paused = (signal) => new Promise((resolve, reject) => {
  const timer = setTimeout(resolve, WAITS_MS);
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    reject(signal.reason);
  });
});

// A sale is paid at once; its ticket is there when the seats are sold, a moment later.
const ticketed = async (bookingId, signal) => {
  for (let turn = 0; turn < TURNS; turn += 1) {
    const booking = await api.get(`/api/bookings/${bookingId}`, { signal });
    if (booking.qrCode || !["pending", "confirmed"].includes(booking.status)) return booking;
    await paused(signal);
  }
  throw { message: say("The ticket takes long. The sale is stored: look again in a moment.") };
};

const useTicket = (bookingId, isThere) => {
  const [addresses, setAddresses] = useState(null);
  const [problem, setProblem] = useState(null);
  useEffect(() => {
    if (!isThere) return undefined;
    const aborting = new AbortController();
    const made = [];
    const load = async (format) => {
      const address = URL.createObjectURL(await file(`/api/bookings/${bookingId}/ticket.pdf?format=${format}`, aborting));
      made.push(address);
      return address;
    };
    Promise.all([load("slip"), load("page")]).then(([slip, page]) => setAddresses({ slip, page }), (failed) => !aborting.signal.aborted && setProblem(failed));
    return () => {
      aborting.abort();
      made.forEach((address) => URL.revokeObjectURL(address));
    };
  }, [bookingId, isThere]);
  return [addresses, problem];
};

/** `sale` as the counter call answered it; `onNext()` begins another of the same show. */
export const Sold = ({ sale, onNext }) => {
  const { value: booking, problem, reload } = useLoaded((signal) => ticketed(sale.bookingId, signal), [sale.bookingId]);
  const isThere = Boolean(booking?.qrCode);
  const card = useRef(null);
  useEffect(() => card.current?.focus(), [isThere]);
  const [ticket, ticketProblem] = useTicket(sale.bookingId, isThere);
  if (problem) return html`<${Failure} problem=${problem} again=${reload} />`;
  if (!booking) return html`<${Loading} />`;
  if (!isThere) {
    return html`<${Failure} problem=${{ message: say("The seats were lost. Give the money back: {amount}.", { amount: money(sale.amount, sale.currency) }) }}><p><${Button} onClick=${onNext}>${say("Next sale")}<//></p><//>`;
  }
  const { showtime } = booking;
  return html`<div class="card sold" ref=${card} tabindex="-1">
    <${Notice} kind="good"><p><b>${say("Sold")}</b> · ${say("Reference {reference}", { reference: booking.reference })}</p><//>
    ${sale.change > 0 && html`<p class="due"><span>${say("Change")}</span> <strong>${money(sale.change, sale.currency)}</strong></p>`}
    <p>${showtime.movieTitle} · ${showtime.screenName} · ${dayAndClock(showtime.startAt, showtime.timezone)}<br /><b>${booking.seats.map(seatLabel).join(", ")}</b></p>
    <${Failure} problem=${ticketProblem} />
    <div class="actions">
      ${ticket ? html`<${ButtonLink} kind="primary" href=${ticket.slip} target="_blank">${say("Print the ticket")}<//>
        <${ButtonLink} href=${ticket.page} target="_blank">${say("On a whole page")}<//>` : !ticketProblem && html`<${Button} busy>${say("Print the ticket")}<//>`}
      <${Button} onClick=${onNext}>${say("Next sale")}<//>
      <${ButtonLink} kind="quiet" href=${pathOf("bookings", booking.id)}>${say("The booking")}<//>
    </div>
  </div>`;
};

