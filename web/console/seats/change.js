// Seats are taken out or put back. Who has one of them is shown before anything changes, and may get another.
import { useState } from "preact/hooks";
import { send } from "../../base/api.js";
import { html } from "../../base/html.js";
import { explain } from "../../base/problems.js";
import { Button, Check, Failure, Field, useWork } from "../../base/ui.js";
import { area } from "../../base/words.js";
import { pathOf } from "../sections.js";
import { outOf } from "./out.js";

const say = await area("console_seats");

explain({ showtime_closed: () => say("The show has begun or is cancelled: its seats stay as they are.") });

const LONGEST = 120;

/** The whole list of seats that are out (`out`, as the API lists it), after the chosen ones are taken out, or put back. */
export const blockedAfter = (out, chosen, isOut) => {
  const ids = new Set(chosen.map(({ seatId }) => seatId));
  const before = out.map(({ seatId }) => seatId).filter((seatId) => !ids.has(seatId));
  return isOut ? [...before, ...ids] : before;
};

/** The reason of all of these seats, by seat; none takes away what was said. */
export const reasonsOf = (chosen, reason) => Object.fromEntries(chosen.map(({ seatId }) => [seatId, reason.trim() || null]));

const Hits = ({ affected }) => html`<p>${say.count(affected.length, "{count} booking has one of these seats:", "{count} bookings have one of these seats:")}</p>
  <ul class="hits">${affected.map(({ bookingId, reference, from, to }) => html`<li key=${bookingId}><a class="mono" href=${pathOf("bookings", bookingId)}>${reference ?? bookingId}</a> · ${from.join(", ")}${to && html` → <b>${to.join(", ")}</b>`}</li>`)}</ul>`;

const Reason = ({ reason, seatId, problem, onInput }) => html`<${Field} label=${say("Reason")} hint=${say("For your colleagues: guests do not read it")} list="seats-reasons" maxlength=${LONGEST} autocomplete="off"
    value=${reason} problem=${problem} path=${`blockedReasons.${seatId}`} onInput=${(event) => onInput(event.target.value)} />
  <datalist id="seats-reasons"><option value=${say("Broken")} /><option value=${say("Kept for the house")} /></datalist>`;

/** `out` are the seats that are out now; `typed` is the reason as typed, null before; `onDone(text)` when the seats are changed. */
export const Change = ({ show, chosen, out, typed, onType, onDone }) => {
  const [asked, setAsked] = useState(null); // {affected} of a dry run that hits somebody
  const [reseats, setReseats] = useState(true);
  const why = new Map(out.map(({ seatId, reason = "" }) => [seatId, reason]));
  const [outside, inside] = [chosen.filter(({ seatId }) => why.has(seatId)), chosen.filter(({ seatId }) => !why.has(seatId))];
  const reason = typed ?? why.get(outside[0]?.seatId) ?? "";
  const patch = async (blockedSeats, more = {}) => (await send("PATCH", `/api/admin/showtimes/${show.id}`, { body: { blockedSeats, ...more } })).body;

  const [takeOut, taking] = useWork(async () => {
    const blocked = blockedAfter(await outOf(show.id), inside, true);
    if (!asked) {
      const { affected } = await patch(blocked, { reseat: true, dryRun: true });
      if (affected?.length) return setAsked({ affected });
    }
    await patch(blocked, { blockedReasons: reasonsOf(inside, reason), ...(asked && { reseat: reseats }) });
    return onDone(say.count(inside.length, "{count} seat is out of sale.", "{count} seats are out of sale."));
  });
  const [putBack, putting] = useWork(async () => {
    await patch(blockedAfter(await outOf(show.id), outside, false));
    onDone(say.count(outside.length, "{count} seat is back on sale.", "{count} seats are back on sale."));
  });
  const [explainOut, explaining] = useWork(async () => {
    await patch(blockedAfter(await outOf(show.id), outside, true), { blockedReasons: reasonsOf(outside, reason) });
    onDone(say("The reason is saved."));
  });
  return html`
    ${asked && html`<div class="notice warn" role="alert"><${Hits} affected=${asked.affected} />
      <${Check} label=${say("Give these guests the nearest equal seats")} hint=${say("They get a mail with a new ticket. Otherwise they keep theirs.")} checked=${reseats} onChange=${() => setReseats(!reseats)} /></div>`}
    <${Reason} reason=${reason} seatId=${chosen[0].seatId} problem=${taking.problem ?? explaining.problem} onInput=${onType} />
    <${Failure} problem=${taking.problem ?? putting.problem ?? explaining.problem} />
    <div class="actions">
      ${inside.length > 0 && html`<${Button} kind="primary" class="block" busy=${taking.busy} onClick=${takeOut}>${asked ? say("Take out all the same") : say.count(inside.length, "Take {count} seat out of sale", "Take {count} seats out of sale")}<//>`}
      ${outside.length > 0 && html`<${Button} class="block" busy=${putting.busy} onClick=${putBack}>${say.count(outside.length, "Put {count} seat back on sale", "Put {count} seats back on sale")}<//>`}
      ${outside.length > 0 && !inside.length && html`<${Button} class="block" busy=${explaining.busy} onClick=${explainOut}>${say("Save the reason")}<//>`}
    </div>`;
};
