// Tickets and seats: how many of which type, and the best seats for them or those on the map.
import { useRef, useState } from "preact/hooks";
import { api } from "../../base/api.js";
import { money, percent, seatLabel } from "../../base/format.js";
import { html } from "../../base/html.js";
import { Button, Failure, useWork } from "../../base/ui.js";
import { area } from "../../base/words.js";
import { SeatMap } from "../seat_map.js";
import { changed, fitted, total, typesOf } from "./tickets.js";

const say = await area("console_counter");

const Stepper = ({ offered, count, more, less }) => html`<li class="stepper">
  <span class="what"><b>${offered.label}</b>${offered.percent !== 100 && html` <span class="soft small">${percent(offered.percent / 100)}</span>`}
    ${offered.proof && html`<span class="soft small proof">${offered.proof === true ? say("Look at the proof") : offered.proof}</span>`}</span>
  <button type="button" class="button" disabled=${!less} onClick=${less} aria-label=${say("One less: {type}", { type: offered.label })}>−</button>
  <output aria-label=${offered.label}>${count}</output>
  <button type="button" class="button" disabled=${!more} onClick=${more} aria-label=${say("One more: {type}", { type: offered.label })}>+</button>
</li>`;

const Types = ({ offered, counts, seats, onCounts }) => {
  const types = offered.map(({ type }) => type);
  const step = (type, by) => {
    const next = changed(counts, types, type, by, seats);
    return next && (() => onCounts(next));
  };
  return html`<ul class="steppers">${offered.map((one) =>
    html`<${Stepper} key=${one.type} offered=${one} count=${counts[one.type] ?? 0} more=${step(one.type, 1)} less=${step(one.type, -1)} />`)}</ul>`;
};

/** `onHeld(hold)` gets the hold of what was chosen. */
export const Choosing = ({ show, onHeld }) => {
  const offered = show.ticketTypes;
  const types = offered.map(({ type }) => type);
  const [counts, setCounts] = useState({ [types[0]]: 1 });
  const [chosen, setChosen] = useState([]);
  const map = useRef(null);
  const seatIds = chosen.map(({ seatId }) => seatId);
  const onSelection = ({ seats }) => {
    setChosen(seats);
    if (seats.length) setCounts((before) => fitted(before, types, seats.length));
  };
  const [hold, { busy, problem }] = useWork(async () => {
    try {
      const wish = seatIds.length
        ? ["/api/seats/hold", { showtimeId: show.id, seatIds, ticketTypes: typesOf(counts, types, seatIds) }]
        : ["/api/seats/best-available", { showtimeId: show.id, count: total(counts), ticketTypes: Object.fromEntries(Object.entries(counts).filter(([, count]) => count)) }];
      onHeld(await api.post(...wish));
    } catch (failed) {
      if (failed.code === "leaves_single_seat") map.current?.mark(failed.body.suggestion ?? []);
      map.current?.refresh();
      throw failed;
    }
  });
  const amount = chosen.reduce((sum, { price }) => sum + price, 0);
  return html`<div class="split">
    <div class="counter-map"><${SeatMap} showtimeId=${show.id} onSelection=${onSelection} map=${map} /></div>
    <section class="card counter-side" aria-labelledby="tickets">
      <h2 id="tickets">${say("Tickets")}</h2>
      <${Types} offered=${offered} counts=${counts} seats=${chosen.length} onCounts=${setCounts} />
      <p class="soft" role="status">${chosen.length ? `${chosen.map(seatLabel).join(", ")} · ${money(amount, show.currency)}` : say("Choose seats on the map, or take the best.")}</p>
      <${Failure} problem=${problem} />
      <${Button} kind="primary" class="block" busy=${busy} onClick=${hold}>
        ${chosen.length ? say.count(chosen.length, "Take {count} seat", "Take {count} seats") : say.count(total(counts), "Best seat", "Best {count} seats")}<//>
      ${chosen.length > 0 && html`<p class="actions"><${Button} kind="quiet" class="block" onClick=${() => map.current.clear()}>${say("Clear the choice")}<//></p>`}
    </section>
  </div>`;
};
