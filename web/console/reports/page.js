// What was sold, refunded and taken, how full shows were, who stayed away; as charts, tables and files.
import { all, api, withQuery } from "../../base/api.js";
import { dateAfter, dateText, money, number } from "../../base/format.js";
import { html } from "../../base/html.js";
import { place, setQuery } from "../../base/router.js";
import { Button, Empty, Failure, Field, Loading, Title, useLoaded, useTabTitle } from "../../base/ui.js";
import { area } from "../../base/words.js";
import { WithTheater } from "../planning/theater.js";
import { businessDateOf } from "../schedule/timeline.js";
import { styles } from "../styles.js";
import { DayChart } from "./chart.js";
import { Downloads } from "./download.js";
import { NoShows, Occupancy } from "./shows.js";

const say = await area("console_reports");
await Promise.all([styles(new URL("../../vendor/uplot.css", import.meta.url)), styles(new URL("./reports.css", import.meta.url))]);

const TENDERS = {
  razorpay: () => "Razorpay", stripe: () => "Stripe", cash: () => say("Cash"), card_terminal: () => say("Card terminal"),
  complimentary: () => say("Complimentary"), free: () => say("Free"),
};

const COLUMNS = [
  ["tickets", () => say("Tickets")], ["bookings", () => say("Bookings")], ["gross", () => say("Gross")], ["refunds", () => say("Refunds")],
  ["net", () => say("Net")], ["fees", () => say("Fees")], ["taxes", () => say("Taxes")],
];
const shown = (name, value, currency) => (name === "tickets" || name === "bookings" ? number(value) : money(value, currency));

const MoneyTable = ({ caption, first, rows, currency }) => html`<div class="scroll" role="group" tabindex="0" aria-label=${caption}><table>
  <caption>${caption}</caption>
  <thead><tr><th scope="col">${first}</th>${COLUMNS.map(([name, label]) => html`<th key=${name} scope="col" class="number">${label()}</th>`)}</tr></thead>
  <tbody>${rows.map((row) => html`<tr key=${row.name}><th scope="row">${row.name}</th>${COLUMNS.map(([name]) => html`<td key=${name} class="number">${shown(name, row[name], currency)}</td>`)}</tr>`)}</tbody>
</table></div>`;

const MOST_DAYS = 366; // of which a chart is drawn without gaps

/** Every day of a period; those without a sale, too. */
const daysOf = ({ from, to }) => {
  const days = [];
  for (let date = from; date <= to && days.length < MOST_DAYS; date = dateAfter(date, 1)) days.push(date);
  return days;
};

const Sales = ({ sales, currency, filters }) => {
  const days = daysOf(filters);
  const sold = new Map(sales.byDay.map((day) => [day.date, day]));
  const series = (name) => days.map((date) => sold.get(date)?.[name] ?? 0);
  return html`<dl class="figures">${COLUMNS.map(([name, label]) => html`<div key=${name}><dt>${label()}</dt><dd>${shown(name, sales[name], currency)}</dd></div>`)}</dl>
    ${sold.size > 0 && html`<${DayChart} days=${days} currency=${currency} unit=${say("Day")} label=${say("Chart of gross and net by day; the table says the same.")} series=${[
    { label: say("Gross"), token: "--accent", values: series("gross") },
    { label: say("Net"), token: "--good", values: series("net"), isLine: true }]} />
    <${MoneyTable} caption=${say("By day")} first=${say("Day")} rows=${sales.byDay.map((day) => ({ ...day, name: dateText(day.date) }))} currency=${currency} />`}
    ${sales.byTender.length > 0 && html`<${MoneyTable} caption=${say("By way of payment")} first=${say("Way")} rows=${sales.byTender.map((tender) => ({ ...tender, name: TENDERS[tender.tender]?.() ?? tender.tender }))} currency=${currency} />`}`;
};

const TopFilms = ({ films, currency }) => {
  const most = Math.max(1, ...films.map((film) => film.gross));
  return html`<h2>${say("Top films")}</h2>
    ${films.length ? html`<div class="scroll" role="group" tabindex="0" aria-label=${say("Top films")}><table><thead><tr><th scope="col">${say("Film")}</th><th scope="col" class="number">${say("Tickets")}</th><th scope="col" class="number">${say("Gross")}</th></tr></thead>
      <tbody>${films.map((film) => html`<tr key=${film.movieId}><th scope="row">${film.title}<span class="bar" aria-hidden="true"><i style=${{ width: `${(film.gross / most) * 100}%` }}></i></span></th><td class="number">${number(film.tickets)}</td><td class="number">${money(film.gross, currency)}</td></tr>`)}</tbody></table></div>`
    : html`<p class="soft">${say("Nothing was sold.")}</p>`}`;
};

const PERIODS = [
  ["1", () => say("Today")], ["7", () => say("7 days")], ["28", () => say("28 days")], ["90", () => say("90 days")],
];

const Filters = ({ filters, today, theater, movies }) => html`<div class="filters">
  <div class="chips" role="group" aria-label=${say("Period")}>${PERIODS.map(([days, label]) => {
    const from = dateAfter(today, 1 - Number(days));
    return html`<button key=${days} type="button" class="chip" aria-pressed=${filters.from === from && filters.to === today} onClick=${() => setQuery({ from, to: today })}>${label()}</button>`;
  })}</div>
  <div class="columns">
    <${Field} label=${say("From")} type="date" max=${filters.to} value=${filters.from} onChange=${(event) => event.target.value && setQuery({ from: event.target.value })} />
    <${Field} label=${say("To")} type="date" min=${filters.from} value=${filters.to} onChange=${(event) => event.target.value && setQuery({ to: event.target.value })} />
    <${Field} label=${say("Theater")} as="select" value=${filters.theaterId ? "one" : "all"} onChange=${(event) => setQuery({ theaters: event.target.value === "all" ? "all" : null })}>
      <option value="one">${theater.name}</option><option value="all">${say("All of mine")}</option><//>
    <${Field} label=${say("Film")} as="select" value=${filters.movieId} onChange=${(event) => setQuery({ movieId: event.target.value })}>
      <option value="">${say("All films")}</option>${movies.map((movie) => html`<option key=${movie.id} value=${movie.id}>${movie.title}</option>`)}<//>
  </div>
</div>`;

const Report = ({ filters }) => {
  const report = useLoaded((signal) => api.get(withQuery("/api/admin/reports", filters), { signal }), [JSON.stringify(filters)]);
  const { problem } = report;
  if (problem?.code === "mixed_currencies") {
    return html`<div class="notice info" role="status"><p>${say("These sales were in several currencies, which do not add up. Choose one:")}</p>
      <p class="row">${(problem.body.currencies ?? []).map((currency) => html`<${Button} key=${currency} onClick=${() => setQuery({ currency })}>${currency}<//>`)}</p></div>`;
  }
  if (problem) return html`<${Failure} problem=${problem} again=${report.reload} />`;
  if (!report.value) return html`<${Loading} lines=${5} />`;
  const { sales, occupancy, topMovies, noShows } = report.value;
  const currency = report.value.currency ?? "INR";
  const withTheater = !filters.theaterId;
  return html`<div aria-busy=${report.isLoading || undefined}>
    <section class="card"><h2>${say("Sales")}</h2>${sales.bookings || sales.refunds ? html`<${Sales} sales=${sales} currency=${currency} filters=${filters} />` : html`<${Empty}>${say("Nothing was sold in this period.")}<//>`}</section>
    <section class="card"><${TopFilms} films=${topMovies} currency=${currency} /></section>
    <section class="card"><${Occupancy} key=${JSON.stringify(filters)} occupancy=${occupancy} withTheater=${withTheater} /></section>
    <section class="card"><${NoShows} key=${JSON.stringify(filters)} noShows=${noShows} withTheater=${withTheater} /></section>
    <section class="card"><h2>${say("Files")}</h2><${Downloads} query=${{ from: filters.from, to: filters.to, theaterId: filters.theaterId, currency: filters.currency }} /></section>
  </div>`;
};

const Reports = ({ theater }) => {
  const { query } = place.value;
  const today = businessDateOf(Date.now(), theater.timezone);
  const movies = useLoaded((signal) => all("/api/movies", {}, { signal }), []);
  const filters = {
    from: query.get("from") || dateAfter(today, -6), to: query.get("to") || today, theaterId: query.get("theaters") === "all" ? "" : theater.id,
    movieId: query.get("movieId") ?? "", currency: query.get("currency") ?? "",
  };
  return html`<${Filters} filters=${filters} today=${today} theater=${theater} movies=${movies.value ?? []} />
    <p class="soft">${say("Business days go from 6:00 to 6:00 by the theater's clock; both days are included.")}</p>
    <${Report} filters=${filters} />`;
};

export default function ReportsPage({ theater, arrived }) {
  useTabTitle(say("Reports"));
  return html`<${Title} focus=${arrived}>${say("Reports")}<//><${WithTheater} theater=${theater}>${(value) => html`<${Reports} key=${value.id} theater=${value} />`}<//>`;
}
