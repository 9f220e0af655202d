// The seats that are taken out of a show, and why: also those that a booking still has, which the map shows as sold.
import { useEffect } from "preact/hooks";
import { api } from "../../base/api.js";
import { seatLabel } from "../../base/format.js";
import { html } from "../../base/html.js";
import { area } from "../../base/words.js";

const say = await area("console_seats");

/** `[{seatId, reason?}]`, the whole list. */
export const outOf = async (showtimeId, signal) => (await api.get(`/api/admin/showtimes/${showtimeId}/blocked-seats`, { signal })).items;

/** The list by what it says: `[reason or null, seatIds]`, those without a reason last. */
export const byReason = (out) => {
  const groups = new Map();
  for (const { seatId, reason = null } of out) groups.set(reason, [...(groups.get(reason) ?? []), seatId]);
  return [...groups].sort(([one], [other]) => (one === null) - (other === null));
};

/** Marks them on the map, where the reason ends the names of the seats; anew whenever the map heard something (`counts`). */
export const useMarks = (map, out, counts) => useEffect(() => {
  if (!map.current || !out) return;
  const remarks = Object.fromEntries(out.map(({ seatId, reason }) => [seatId, reason ?? say("taken out")]));
  map.current.mark(Object.keys(remarks), remarks);
}, [out, counts]);

export const Out = ({ out, map }) => {
  const seats = new Map((map.current?.seats ?? []).map((seat) => [seat.seatId, seat]));
  const named = (seatId) => (seats.has(seatId) ? seatLabel(seats.get(seatId)) : seatId);
  return out.length > 0 && html`<h3>${say("Taken out")}</h3>
    <ul class="seats-out">${byReason(out).map(([reason, ids]) => html`<li key=${reason ?? ""}><b>${reason ?? say("No reason given")}</b> · ${ids.map(named).join(", ")}</li>`)}</ul>`;
};
