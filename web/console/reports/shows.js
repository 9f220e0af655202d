// Occupancy and no-shows by show: ids of the report with what the shows are, a page of them at a time.
import { useState } from "preact/hooks";
import { api } from "../../base/api.js";
import { dayAndClock, number, percent } from "../../base/format.js";
import { html } from "../../base/html.js";
import { Button, Failure, useLoaded } from "../../base/ui.js";
import { area } from "../../base/words.js";

const say = await area("console_reports");
const PAGE = 20;
const known = new Map(); // shows by id; what a show is does not change while reports are read

const showOf = async (id, signal) => {
  if (!known.has(id)) known.set(id, await api.get(`/api/showtimes/${id}`, { signal }));
  return known.get(id);
};

/** `rows` are the report's, `columns` `{label, value(row)}`. */
const ShowTable = ({ rows, columns, caption, withTheater }) => {
  const [count, setCount] = useState(PAGE);
  const shown = rows.slice(0, count);
  const shows = useLoaded((signal) => Promise.all(shown.map((row) => showOf(row.showtimeId, signal))), [shown.map((row) => row.showtimeId).join()]);
  return html`<${Failure} problem=${shows.problem} again=${shows.reload} />
    <div class="scroll" role="group" tabindex="0" aria-label=${caption}><table>
      <thead><tr><th scope="col">${say("Show")}</th>${columns.map((column) => html`<th key=${column.label} scope="col" class="number">${column.label}</th>`)}</tr></thead>
      <tbody>${shown.map((row, at) => {
    const show = shows.value?.[at];
    return html`<tr key=${row.showtimeId}><th scope="row">${show ? html`${show.movie.title}<br /><span class="soft small">${dayAndClock(show.startAt, show.theater.timezone)} · ${withTheater ? `${show.theater.name}, ` : ""}${show.screen.name}</span>` : "…"}</th>
      ${columns.map((column) => html`<td key=${column.label} class="number">${column.value(row)}</td>`)}</tr>`;
  })}</tbody>
    </table></div>
    ${rows.length > count && html`<p><${Button} onClick=${() => setCount(count + PAGE)}>${say("Show more")}<//></p>`}`;
};

const Rate = ({ rate }) => html`<span class="rate"><span class="bar" aria-hidden="true"><i style=${{ width: `${rate * 100}%` }}></i></span>${percent(rate)}</span>`;

export const Occupancy = ({ occupancy, withTheater }) => html`<h2>${say("Occupancy")}</h2>
  <p>${say("{percent} of all seats were sold.", { percent: percent(occupancy.overall) })}</p>
  ${occupancy.byShowtime.length > 0 && html`<${ShowTable} rows=${occupancy.byShowtime} caption=${say("Occupancy by show")} withTheater=${withTheater} columns=${[
    { label: say("Seats"), value: (row) => number(row.seats) }, { label: say("Sold"), value: (row) => number(row.sold) }, { label: say("Full"), value: (row) => html`<${Rate} rate=${row.rate} />` }]} />`}`;

export const NoShows = ({ noShows, withTheater }) => html`<h2>${say("No-shows")}</h2>
  <p>${noShows.tickets ? say.count(noShows.tickets, "{count} ticket was not used ({percent}).", "{count} tickets were not used ({percent}).", { percent: percent(noShows.rate) }) : say("Nobody stayed away.")}</p>
  ${noShows.byShowtime.some((row) => row.tickets) && html`<${ShowTable} rows=${noShows.byShowtime.filter((row) => row.tickets)} caption=${say("No-shows by show")} withTheater=${withTheater} columns=${[
    { label: say("Tickets"), value: (row) => number(row.tickets) }, { label: say("Share"), value: (row) => percent(row.rate) }]} />`}`;
