// What a gate says of a ticket: so large and plain that it is read at arm's length.
import { clock, dayAndClock, seatLabel } from "../../base/format.js";
import { html } from "../../base/html.js";
import { area } from "../../base/words.js";
import { deviceId } from "./device.js";

const say = await area("console_checkin");

const REASONS = {
  cancelled: say("The booking was cancelled."),
  refunded: say("The booking was refunded."),
  expired: say("The booking was never paid."),
  pending: say("The booking is not paid yet."),
  old_version: say("This ticket is an older one: the newest counts. Ask for the newest mail."),
  not_on_the_list: say("The booking does not admit."),
};

/** In words why a booking is not admitted. */
const reasonOf = (reason) => REASONS[reason] ?? reason ?? "";

const firstOf = ({ first }, timeZone) => {
  if (!first) return "";
  const values = { time: clock(first.at, timeZone), device: first.deviceId ?? "" };
  if (first.deviceId === deviceId()) return say("Already at {time} on this device", values);
  return first.deviceId ? say("Already at {time} on {device}", values) : say("Already at {time}", values);
};

const closedOf = (at, gate, timeZone) => {
  if (!gate) return say("Guests are let in from two hours before the start until the end.");
  return at < gate.doors.opensAt ? say("Guests are let in from {time}.", { time: dayAndClock(gate.doors.opensAt, timeZone) }) : say("The show is over.");
};

/** `[kind, sign, heading, detail]` of a verdict. */
const shownOf = (verdict, gate, timeZone) => {
  switch (verdict.outcome) {
    case "checked_in": return ["good", "✓", say("Admitted"), ""];
    case "already_checked_in": return ["warn", "!", say("Already inside"), firstOf(verdict, timeZone)];
    case "wrong_showtime": return ["bad", "✕", say("Wrong show"), say("This ticket is for another show.")];
    case "not_admitted": return ["bad", "✕", say("Not admitted"), reasonOf(verdict.reason)];
    case "checkin_closed": return ["bad", "✕", say("The doors are closed"), closedOf(verdict.at, gate, timeZone)];
    case "no_list": return ["warn", "?", say("Cannot be said"), say("There is no network, and no list of this show on this device yet.")];
    default: return ["bad", "✕", say("No valid ticket"), say("This is no ticket of ours, and no reference of this show.")];
  }
};

/** A short text for lists. */
export const shortOf = (outcome) => shownOf({ outcome }, null, "UTC")[2];
export const detailOf = (verdict, timeZone) => shownOf(verdict, null, timeZone)[3];

// The seats of a ticket as they are painted; of one that is newer than the list nothing: its seats may be of another screen.
const namesOf = ({ seats, labels: listed }, labels) => {
  if (!seats || listed === null) return null;
  return (listed ? listed.map((label) => seatLabel({ label })) : seats.map((id) => labels?.[id] ?? id)).join(", ");
};

export const Verdict = ({ verdict, gate, labels, timeZone }) => {
  if (!verdict) return html`<div class="verdict" role="status"><p class="soft">${say("Scan a ticket, or type its reference.")}</p></div>`;
  const [kind, sign, heading, detail] = shownOf(verdict, gate, timeZone);
  const names = namesOf(verdict, labels);
  return html`<div class=${`verdict ${kind}`} role="alert" key=${verdict.at}>
    <span class="sign" aria-hidden="true">${sign}</span>
    <div><strong>${heading}</strong>
      ${detail && html`<p>${detail}</p>`}
      ${(verdict.reference || verdict.seats) && html`<p class="whose">${verdict.reference && html`<span class="mono">${verdict.reference}</span>`} ${verdict.seats?.length > 0 && say.count(verdict.seats.length, "{count} guest", "{count} guests")} ${names && html`<b>${names}</b>`}</p>`}
    </div>
  </div>`;
};
