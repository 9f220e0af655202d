// Bookings by what people know of theirs: a reference, an e-mail, a phone, a name.
import { useEffect, useState } from "preact/hooks";
import { api, withQuery } from "../../base/api.js";
import { dayAndClock, money, seatLabel } from "../../base/format.js";
import { html } from "../../base/html.js";
import { place, setQuery } from "../../base/router.js";
import { Button, Empty, Failure, Field, Loading, Title, useLoaded } from "../../base/ui.js";
import { area } from "../../base/words.js";
import { pathOf } from "../sections.js";
import { STATUSES, Status } from "./states.js";

const say = await area("console_bookings");
const PAGE = 20;

// What looks like an e-mail or a phone is looked for as one, so that nothing else is found by it.
const queryOf = ({ q, status, show }) => {
  const text = (q ?? "").trim();
  const phone = text.replace(/[\s()-]/g, "");
  const by = /^\S+@\S+$/.test(text) ? { email: text } : /^\+\d{6,}$/.test(phone) ? { phone } : { q: text };
  return { ...by, status, showtimeId: show };
};

const Found = ({ booking }) => html`<li><a class="booking" href=${pathOf("bookings", booking.id)}>
  <span class="mono reference">${booking.reference}</span>
  <span class="who"><b>${booking.customer ? booking.customer.name || say("Guest") : say("Sold at the counter")}</b><span class="soft small">${[booking.customer?.email, booking.customer?.phone].filter(Boolean).join(" · ")}</span></span>
  <span class="what">${booking.showtime.movieTitle}<span class="soft small">${dayAndClock(booking.showtime.startAt, booking.showtime.timezone)} · ${booking.showtime.theaterName} · ${booking.seats.map(seatLabel).join(", ")}</span></span>
  <span class="sum"><span>${money(booking.amount, booking.currency)}</span><span><${Status} status=${booking.status} /></span></span></a></li>`;

const Results = ({ query }) => {
  const [pages, setPages] = useState(1);
  const load = async (signal) => {
    const answers = await Promise.all(Array.from({ length: pages }, (_, at) => api.get(withQuery("/api/admin/bookings", { ...queryOf(query), page: at + 1, pageSize: PAGE }), { signal })));
    return { items: answers.flatMap(({ items }) => items), total: answers[0].total };
  };
  const { value: found, problem, reload } = useLoaded(load, [pages]);
  if (problem) return html`<${Failure} problem=${problem} again=${reload} />`;
  if (!found) return html`<${Loading} lines=${6} />`;
  if (!found.total) return html`<${Empty}><p>${say("No booking is like that. Try a part of the name, or the reference alone.")}</p><//>`;
  return html`<p class="soft" role="status">${say.count(found.total, "{count} booking", "{count} bookings")}</p>
    <ul class="bookings">${found.items.map((booking) => html`<${Found} key=${booking.id} booking=${booking} />`)}</ul>
    ${found.items.length < found.total && html`<p class="actions"><${Button} onClick=${() => setPages(pages + 1)}>${say("More")}<//></p>`}`;
};

export const Search = ({ arrived }) => {
  const query = Object.fromEntries(place.value.query);
  const [text, setText] = useState(query.q ?? "");
  useEffect(() => setText(query.q ?? ""), [query.q]);
  const onSubmit = (event) => {
    event.preventDefault();
    setQuery({ q: text.trim() });
  };
  return html`<${Title} focus=${arrived}>${say("Bookings")}<//>
    <form class="search" role="search" onSubmit=${onSubmit}>
      <${Field} label=${say("Reference, e-mail, phone or name")} type="search" autocomplete="off" value=${text} onInput=${(event) => setText(event.target.value)} />
      <${Field} as="select" label=${say("Status")} value=${query.status ?? ""} onChange=${(event) => setQuery({ status: event.target.value })}>
        <option value="">${say("Any")}</option>${Object.entries(STATUSES).map(([status, name]) => html`<option key=${status} value=${status}>${name}</option>`)}<//>
      <${Button} kind="primary" type="submit">${say("Search")}<//>
    </form>
    ${query.show && html`<p><span class="badge">${say("Of one show")}</span> <${Button} kind="quiet" onClick=${() => setQuery({ show: null })}>${say("Of all shows")}<//></p>`}
    <${Results} key=${JSON.stringify(query)} query=${query} />`;
};
