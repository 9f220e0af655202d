// The show that was chosen: its facts, and what may be done with it.
import { useState } from "preact/hooks";
import { api, withQuery } from "../../base/api.js";
import { clock, dayAndClock, digitsOf, minorUnits, money, number } from "../../base/format.js";
import { html } from "../../base/html.js";
import { Button, ButtonLink, Dialog, Failure, Field, Loading, useLoaded, useWork } from "../../base/ui.js";
import { area } from "../../base/words.js";
import { languageText } from "../../storefront/names.js";
import { businessDateOf, conflicts, minutesOf, spanOf, startOf, timeOf } from "./timeline.js";

const say = await area("console_schedule");
const pathOf = (show) => `/api/admin/showtimes/${show.id}`;

/** How many seats are sold, held, taken out and free. */
const seatsOf = async (show, signal) => {
  const { state } = await api.get(withQuery("/api/seats/state", { showtimeId: show.id }), { signal });
  const count = (letter) => number([...state].filter((each) => each === letter).length);
  return { sold: count("s"), held: count("h"), blocked: count("b"), free: count("a") };
};

/** Bookings that a cancelled show refunds. */
const bookingsOf = async (show, signal) => {
  const counts = await Promise.all(["confirmed", "checked_in"].map((status) => api.get(withQuery("/api/admin/bookings", { showtimeId: show.id, status, pageSize: 1 }), { signal })));
  return counts.reduce((sum, list) => sum + list.total, 0);
};

const Cancel = ({ show, etag, onClose, onChanged }) => {
  const bookings = useLoaded((signal) => bookingsOf(show, signal), [show.id]);
  const [run, { busy, problem }] = useWork(async () => {
    await api.delete(pathOf(show), { etag });
    onChanged(say("{film} was cancelled.", { film: show.movie.title }));
    onClose();
  });
  return html`<${Dialog} title=${say("Cancel this show?")} onClose=${onClose}>
    ${bookings.problem && html`<${Failure} problem=${bookings.problem} again=${bookings.reload} />`}
    ${bookings.value === null && !bookings.problem && html`<${Loading} lines=${2} />`}
    ${bookings.value !== null && html`<p>${bookings.value
    ? say.count(bookings.value, "{count} booking is refunded in full, and its guest is told.", "{count} bookings are refunded in full, and their guests are told.")
    : say("Nobody has a ticket for it.")} ${say("A cancelled show does not come back.")}</p>`}
    <${Failure} problem=${problem} />
    <p class="actions"><${Button} kind="danger" busy=${busy} disabled=${bookings.value === null} onClick=${run}>${say("Cancel the show")}<//><${Button} onClick=${onClose}>${say("Let it play")}<//></p>
  <//>`;
};

const Moves = ({ answer }) => html`
  <p>${say.count(answer.placed, "{count} booking keeps its seats.", "{count} bookings keep their seats.")}</p>
  ${answer.moved?.length > 0 && html`<p>${say("Moved:")}</p><ul class="plain">${answer.moved.map((move) => html`<li key=${move.bookingId}>${move.from.join(", ")} → ${move.to.join(", ")}</li>`)}</ul>`}
  ${answer.unplaced?.length > 0 && html`<p>${say("There is no seat for these, so the screen cannot be swapped:")}</p><ul class="plain">${answer.unplaced.map((hit) => html`<li key=${hit.bookingId}>${hit.reference ?? hit.bookingId}: ${hit.from.join(", ")}</li>`)}</ul>`}`;

const Swap = ({ show, etag, theater, shows, onClose, onChanged }) => {
  const others = theater.screens.filter((screen) => screen.id !== show.screenId);
  const [screenId, setScreenId] = useState(others[0]?.id ?? "");
  const [answer, setAnswer] = useState(null);
  const busyWith = conflicts(spanOf(show), screenId, shows, { without: show.id });
  const [run, { busy, problem }] = useWork(async (dryRun) => {
    const given = await api.patch(pathOf(show), dryRun ? { screenId, dryRun } : { screenId }, dryRun ? {} : { etag });
    if (dryRun) return setAnswer(given);
    onChanged(say("{film} now plays on {screen}.", { film: show.movie.title, screen: given.screen.name }));
    return onClose();
  });
  return html`<${Dialog} title=${say("Swap the screen")} onClose=${onClose}>
    <${Field} label=${say("To the screen")} as="select" value=${screenId} onChange=${(event) => { setScreenId(event.target.value); setAnswer(null); }}>
      ${others.map((screen) => html`<option key=${screen.id} value=${screen.id}>${screen.name}</option>`)}<//>
    ${busyWith.map((other) => html`<p key=${other.id} class="notice warn">${say("The screen is busy: {film} plays from {from} to {to}.", { film: other.movie.title, from: clock(other.startAt, theater.timezone), to: clock(other.endAt, theater.timezone) })}</p>`)}
    ${answer && html`<div role="status"><${Moves} answer=${answer} /></div>`}
    <${Failure} problem=${problem} />
    <p class="actions">${answer && !answer.unplaced?.length
    ? html`<${Button} kind="primary" busy=${busy} onClick=${() => run(false)}>${say("Swap the screen")}<//>`
    : html`<${Button} kind="primary" busy=${busy} disabled=${!screenId} onClick=${() => run(true)}>${say("Try it first")}<//>`}</p>
  <//>`;
};

const Change = ({ show, etag, theater, onClose, onChanged, onDraft }) => {
  const zone = theater.timezone;
  const [fields, setFields] = useState({
    date: businessDateOf(spanOf(show).start, zone), time: timeOf(spanOf(show).start, zone), language: show.language, format: show.format,
    price: (show.basePrice / 10 ** digitsOf(show.currency)).toFixed(digitsOf(show.currency)),
  });
  const [run, { busy, problem }] = useWork(async () => {
    const basePrice = minorUnits(fields.price, show.currency);
    if (!(basePrice >= 0)) throw new Error(say("The price is no amount."));
    if (Number.isNaN(minutesOf(fields.time))) throw new Error(say("Enter a start, for example 18:30."));
    const start = startOf(fields.date, fields.time, zone);
    const now = { startAt: new Date(start).toISOString(), language: fields.language.trim(), format: fields.format.trim(), basePrice };
    const changes = Object.fromEntries(Object.entries(now).filter(([name, value]) => (name === "startAt" ? start !== spanOf(show).start : value !== show[name])));
    if (Object.keys(changes).length) {
      const answer = await api.patch(pathOf(show), changes, { etag });
      onChanged(say("{film} was changed: {time}.", { film: show.movie.title, time: dayAndClock(answer.startAt, zone) }));
    } else onDraft(null);
    onClose();
  });
  const field = (name) => ({ value: fields[name], problem, path: name, required: true, onInput: (event) => setFields({ ...fields, [name]: event.target.value }) });
  return html`<${Dialog} title=${say("Change the show")} onClose=${onClose}>
    <form onSubmit=${(event) => { event.preventDefault(); run(); }}>
      <div class="columns">
        <${Field} label=${say("Business day")} type="date" ...${field("date")} />
        <${Field} label=${say("Start")} type="time" step="300" ...${field("time")} path="startAt" />
        <${Field} label=${say("Language")} ...${field("language")} />
        <${Field} label=${say("Format")} ...${field("format")} />
        <${Field} label=${say("Base price")} inputmode="decimal" ...${field("price")} path="basePrice" />
      </div>
      <${Failure} problem=${problem?.code === "screen_busy" ? { message: say("The screen is busy then: nothing was changed.") } : problem} />
      <p class="actions"><${Button} kind="primary" type="submit" busy=${busy}>${say("Save")}<//></p>
    </form>
  <//>`;
};

const DIALOGS = { cancel: Cancel, swap: Swap, change: Change };

/** The chosen show. `etag` is of what was read when it was chosen: changes of others since are not overwritten. */
export const Selected = (given) => {
  const { show, etag, theater } = given;
  const [dialog, setDialog] = useState(null);
  const isOpen = show.status === "scheduled" && spanOf(show).start > Date.now();
  const seats = useLoaded((signal) => seatsOf(show, signal), [show.id]);
  const Shown = DIALOGS[dialog];
  return html`<section class="card selected-show" aria-label=${show.movie.title}>
    <h2>${show.movie.title}</h2>
    <dl class="pairs">
      <dt>${say("Plays")}</dt><dd>${dayAndClock(show.startAt, theater.timezone)} – ${clock(show.endAt, theater.timezone)}, ${show.screen.name}</dd>
      <dt>${say("Language and format")}</dt><dd>${languageText(show.language)}, ${show.format}</dd>
      <dt>${say("Base price")}</dt><dd>${money(show.basePrice, show.currency)}</dd>
      <dt>${say("Seats")}</dt><dd>${seats.value ? say("{sold} sold, {held} held, {blocked} taken out, {free} free", seats.value) : "…"}</dd>
    </dl>
    <p class="actions">
      ${isOpen && html`<${Button} disabled=${!etag} onClick=${() => setDialog("change")}>${say("Change")}<//>
        <${Button} disabled=${!etag || theater.screens.length < 2} onClick=${() => setDialog("swap")}>${say("Swap the screen")}<//>`}
      <${ButtonLink} href=${`/console/seats/${show.id}`}>${say("Seats")}<//>
      <${ButtonLink} href=${`/console/prices?showtimeId=${show.id}`}>${say("Prices")}<//>
      ${isOpen && html`<${Button} kind="danger" disabled=${!etag} onClick=${() => setDialog("cancel")}>${say("Cancel the show")}<//>`}
    </p>
    ${Shown && html`<${Shown} ...${given} onClose=${() => setDialog(null)} />`}
  </section>`;
};
