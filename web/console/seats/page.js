// The seats of a show as they are now, on the map; seats are taken out of sale and put back.
import { useRef, useState } from "preact/hooks";
import { api } from "../../base/api.js";
import { clock, dateText, dayAndClock, number, percent, seatLabel } from "../../base/format.js";
import { html } from "../../base/html.js";
import { place, setQuery } from "../../base/router.js";
import { Button, Empty, Failure, Field, Loading, Notice, Title, useLoaded } from "../../base/ui.js";
import { area } from "../../base/words.js";
import { useLive } from "../live.js";
import { SeatMap } from "../seat_map.js";
import { pathOf } from "../sections.js";
import { businessDay, hasBegun, showsOf, taken } from "../shows.js";
import { styles } from "../styles.js";
import { Change } from "./change.js";
import { useCounts } from "./counts.js";
import { Out, outOf, useMarks } from "./out.js";

const say = await area("console_seats");
await styles(new URL("./seats.css", import.meta.url));
const MOST = 500;

const Shows = ({ theater }) => {
  const today = businessDay(Date.now(), theater.timezone);
  const day = place.value.query.get("day") ?? today;
  const { value: shows, problem, reload } = useLive((signal) => showsOf(theater, day, signal), [theater.id, day]);
  return html`<${Field} label=${say("Day")} type="date" class="seats-day" value=${day} onChange=${(event) => setQuery({ day: event.target.value === today ? null : event.target.value })} />
    <${Failure} problem=${problem} again=${reload} />
    ${!shows && !problem && html`<${Loading} lines=${4} />`}
    ${shows && (shows.length ? html`<ul class="grid">${shows.map((show) => html`<li key=${show.id}><a class="card seats-show" href=${pathOf("seats", show.id)}>
      <span class="when">${clock(show.startAt, theater.timezone)}</span><b>${show.movie.title}</b>
      <span class="soft small">${show.screen.name}</span>
      <span class="small">${say("{taken} of {total} taken", { taken: number(show.seatsTotal - show.seatsAvailable), total: number(show.seatsTotal) })} · ${percent(taken(show))}</span></a></li>`)}</ul>`
      : html`<${Empty}><p>${say("Nothing plays on {day}.", { day: dateText(day) })}</p><//>`)}`;
};

const Counts = ({ counts }) => {
  const names = { available: say("Free"), held: say("Held"), sold: say("Sold"), blocked: say("Taken out") };
  return html`<dl class="seats-counts">${Object.entries(names).map(([state, name]) => html`<div key=${state}><dt>${name}</dt><dd>${number(counts[state] ?? 0)}</dd></div>`)}</dl>`;
};

const OfShow = ({ id, arrived }) => {
  const { value: show, problem, reload } = useLoaded((signal) => api.get(`/api/showtimes/${id}`, { signal }), [id]);
  const map = useRef(null);
  const counts = useCounts(map, show?.id);
  const out = useLoaded((signal) => outOf(id, signal), [id]);
  useMarks(map, out.value, counts);
  const [chosen, setChosen] = useState([]);
  const [typed, setTyped] = useState(null); // the reason, while seats are being chosen
  const [done, setDone] = useState(null);
  const onDone = (text) => {
    setDone(text);
    map.current.clear();
    map.current.refresh();
    out.reload();
  };
  const onSelection = ({ seats }) => {
    setChosen(seats);
    if (seats.length) setDone(null);
    else setTyped(null);
  };
  return html`<p><a href=${pathOf("seats")}>${say("Other shows")}</a></p>
    <${Title} focus=${arrived}>${show ? show.movie.title : say("Seats")}<//>
    <${Failure} problem=${problem} again=${reload} />
    <${Failure} problem=${out.problem} again=${out.reload} />
    ${!show && !problem && html`<${Loading} lines=${5} />`}
    ${show && html`<p class="soft">${show.screen.name} · ${dayAndClock(show.startAt, show.theater.timezone)} · <a href=${`${pathOf("bookings")}?show=${show.id}`}>${say("Its bookings")}</a></p>
      <div class="split">
        <${SeatMap} showtimeId=${show.id} max=${MOST} choose=${hasBegun(show) ? "none" : "available held sold blocked"} onSelection=${onSelection} map=${map} />
        <section class="card" aria-labelledby="now"><h2 id="now">${say("Now")}</h2>
          <${Counts} counts=${counts} />
          ${done && html`<${Notice} kind="good"><p>${done}</p><//>`}
          ${hasBegun(show) ? html`<p class="soft">${say("The show has begun: its seats stay as they are.")}</p>`
            : chosen.length && out.value ? html`<p><b>${chosen.map(seatLabel).join(", ")}</b></p><${Change} key=${chosen.map(({ seatId }) => seatId).join()} show=${show} chosen=${chosen} out=${out.value} typed=${typed} onType=${setTyped} onDone=${onDone} />
              <${Button} kind="quiet" class="block" onClick=${() => map.current.clear()}>${say("Clear the choice")}<//>`
              : html`<p class="soft">${say("Choose seats on the map to take them out of sale, or to put them back.")}</p>`}
          ${out.value && html`<${Out} out=${out.value} map=${map} />`}
        </section>
      </div>`}`;
};

/** `/console/seats`: shows of a day; `/console/seats/<showtimeId>`: the seats of one. */
export default function Seats({ id, theater, arrived }) {
  if (id) return html`<${OfShow} id=${id} arrived=${arrived} />`;
  return html`<${Title} focus=${arrived}>${say("Seats")}<//><${Shows} theater=${theater} />`;
}
