// Choosing: the map, what is chosen, the best seats by one button, and what stands in the way of a choice.
import { useEffect, useRef, useState } from "preact/hooks";
import { html } from "../base/html.js";
import { accessToken, user } from "../base/session.js";
import { Button, Failure, useWork } from "../base/ui.js";
import { area, language } from "../base/words.js";
import "../seats/element.js";
import { Best } from "./best.js";
import { Chosen, sumOf } from "./chosen.js";
import { Refusal } from "./refusal.js";
import { Step } from "./step.js";
import { WaitingList } from "./waiting_list.js";

const say = await area("checkout");
const MOST = 10;

const Map = ({ sale, map, onSelection, onSeats }) => {
  useEffect(() => {
    const element = map.current;
    const seen = () => onSeats(element.seats);
    const closed = ({ detail }) => detail.code === "showtime_closed" && (sale.step.value = "closed");
    const chosen = ({ detail }) => onSelection(detail);
    element.addEventListener("marquee-selection", chosen);
    element.addEventListener("marquee-state", seen);
    element.addEventListener("marquee-error", closed);
    element.selected = sale.memory.value.seatIds ?? [];
    return () => {
      element.removeEventListener("marquee-selection", chosen);
      element.removeEventListener("marquee-state", seen);
      element.removeEventListener("marquee-error", closed);
    };
  }, [map]);
  useEffect(() => {
    if (user.value) accessToken().then((token) => map.current && (map.current.token = token), () => {});
  }, [user.value?.id]);
  return html`<marquee-seats ref=${map} showtime=${sale.id} lang=${language} max=${MOST} view="both"></marquee-seats>`;
};

const Before = ({ sale }) =>
  sale.before.value && html`<div class="notice good"><p>${say("You have tickets for this show.")} <a href=${`/bookings/${sale.before.value}`}>${say("Show my booking")}</a></p></div>`;

const useChoice = (sale) => {
  const [selection, setSelection] = useState({ seatIds: [], seats: [], currency: sale.showtime.value.currency });
  const [types, setTypes] = useState(sale.memory.value.ticketTypes ?? {});
  const ticketTypes = Object.fromEntries(selection.seatIds.filter((id) => types[id] && types[id] !== "adult").map((id) => [id, types[id]]));
  return { selection, setSelection, types, ticketTypes, setType: (seatId, type) => setTypes({ ...types, [seatId]: type }) };
};

export const Seats = ({ sale }) => {
  const map = useRef(null);
  const side = useRef(null);
  const showtime = sale.showtime.value;
  const { selection, setSelection, types, ticketTypes, setType } = useChoice(sale);
  const [seats, setSeats] = useState([]);
  const [hold, holding] = useWork((seatIds) => sale.holdSeats({ seatIds, ...(Object.keys(ticketTypes).length ? { ticketTypes } : {}) }, sumOf(selection.seats, types, showtime.ticketTypes)));
  const [best, finding] = useWork((wish) => sale.holdBest(wish));
  const problem = holding.problem ?? sale.problem.value;
  const onSelection = (detail) => {
    if (detail.reason === "chosen") sale.problem.value = null;
    if (detail.reason !== "taken") {
      holding.clear();
      map.current.mark([]);
    }
    setSelection(detail);
  };
  useEffect(() => {
    if (!problem) return;
    side.current.querySelector("[role=alert]")?.scrollIntoView({ block: "center" });
    if (problem.code === "leaves_single_seat") map.current.mark(problem.body.seatIds, say("would be left alone"));
    if (problem.code === "seats_unavailable" || problem.code === "price_changed") map.current.refresh();
  }, [problem]);
  const free = seats.filter((seat) => seat.status === "available");
  const isSoldOut = seats.length > 0 && !free.length && !selection.seatIds.length;
  return html`<${Step} title=${say("Choose your seats")} quiet=${true}>
    <${Before} sale=${sale} />
    ${isSoldOut && html`<${WaitingList} sale=${sale} seats=${seats} />`}
    <div class="split choosing">
      <div class="hall"><${Map} sale=${sale} map=${map} onSelection=${onSelection} onSeats=${setSeats} /></div>
      <aside class="side" ref=${side} aria-label=${say("Your choice")}>
        ${problem && html`<${Refusal} problem=${problem} seats=${seats} map=${map} again=${() => hold(selection.seatIds)} />`}
        ${!isSoldOut && html`<${Chosen} showtime=${showtime} selection=${selection} types=${types} setType=${setType} remove=${(ids) => map.current.select(selection.seatIds.filter((id) => !ids.includes(id)))} seats=${seats}>
          <${Button} kind="primary" class="block" busy=${holding.busy} disabled=${!selection.seatIds.length} onClick=${() => hold(selection.seatIds)}>
            ${selection.seatIds.length ? say.count(selection.seatIds.length, "Continue with {count} seat", "Continue with {count} seats") : say("Continue")}
          <//>
        <//>`}
        ${!isSoldOut && html`<${Best} seats=${seats} busy=${finding.busy} find=${best}><${Failure} problem=${finding.problem?.code === "not_enough_seats" ? null : finding.problem} />
          ${finding.problem?.code === "not_enough_seats" && html`<div class="notice warn" role="alert"><p>${say.count(finding.problem.body.left, "Only {count} seat of this kind is left. Take fewer, or another kind.", "Only {count} seats of this kind are left. Take fewer, or another kind.")}</p></div>`}<//>`}
      </aside>
    </div>
  <//>`;
};

