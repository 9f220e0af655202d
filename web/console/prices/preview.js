// What a show costs by the rules as they stand in the list, saved or not: by seat type and ticket type, and on the map.
import { useMemo, useState } from "preact/hooks";
import { api, withQuery } from "../../base/api.js";
import { dayAndClock, money } from "../../base/format.js";
import { html } from "../../base/html.js";
import { Empty, Failure, Field, Loading, useLoaded } from "../../base/ui.js";
import { area } from "../../base/words.js";
import { instantIn } from "../schedule/timeline.js";
import { PriceMap } from "./map.js";

const say = await area("console_prices");

const Prices = ({ items, currency }) => {
  const tickets = [...new Set(items.map((item) => item.ticketType))];
  const types = [...new Set(items.map((item) => item.type))];
  const find = (type, ticket) => items.find((item) => item.type === type && item.ticketType === ticket);
  return html`<div class="scroll" role="group" tabindex="0" aria-label=${say("Prices by seat and ticket type")}><table class="preview">
    <caption>${say("Before fees and taxes")}</caption>
    <thead><tr><th scope="col">${say("Seat type")}</th>${tickets.map((ticket) => html`<th key=${ticket} scope="col">${ticket}</th>`)}</tr></thead>
    <tbody>${types.map((type) => html`<tr key=${type}><th scope="row">${type}</th>${tickets.map((ticket) => {
      const item = find(type, ticket);
      return html`<td key=${ticket}>${item && html`<b>${money(item.price, currency)}</b>${item.rules.length > 0 && html`<ul>${item.rules.map((rule) =>
        html`<li key=${rule.name}>${rule.name} ${rule.amount > 0 ? "+" : ""}${money(rule.amount, currency)}</li>`)}</ul>`}`}</td>`;
    })}</tr>`)}</tbody>
  </table></div>`;
};

/** `shows` are those that may be previewed; `rules` those of the list, null for as they are saved. */
export const Preview = ({ shows, rules, zone }) => {
  const [showtimeId, setShowtimeId] = useState(shows[0]?.id ?? "");
  const [full, setFull] = useState("");
  const [at, setAt] = useState("");
  const show = shows.find((each) => each.id === showtimeId) ?? shows[0];
  const asked = useMemo(() => {
    const body = { showtimeId: show?.id };
    if (rules) body.dynamicPricingRules = rules;
    if (full !== "" && Number(full) >= 0 && Number(full) <= 100) body.occupancy = Number(full) / 100;
    if (at) body.at = instantIn(at, zone);
    return body;
  }, [show?.id, rules, full, at]);
  const preview = useLoaded((signal) => (show ? api.post("/api/admin/pricing/preview", asked, { signal, key: null, repeats: 2 }) : Promise.resolve(null)), [JSON.stringify(asked)]);
  const seats = useLoaded((signal) => (show ? api.get(withQuery("/api/seats/availability", { showtimeId: show.id }), { signal }) : Promise.resolve(null)), [show?.id]);
  if (!show) return html`<${Empty}>${say("Nothing is scheduled yet that could be previewed.")}<//>`;
  return html`<div class="columns">
      <${Field} label=${say("Show")} as="select" value=${show.id} onChange=${(event) => setShowtimeId(event.target.value)}>
        ${shows.map((each) => html`<option key=${each.id} value=${each.id}>${dayAndClock(each.startAt, zone)} · ${each.movie.title} · ${each.screen.name}</option>`)}<//>
      <${Field} label=${say("As if it were this full, in percent")} type="number" min="0" max="100" value=${full} onInput=${(event) => setFull(event.target.value)} />
      <${Field} label=${say("As if bought at")} type="datetime-local" value=${at} onInput=${(event) => setAt(event.target.value)} />
    </div>
    <${Failure} problem=${preview.problem} again=${preview.reload} />
    ${!preview.value && !preview.problem && html`<${Loading} />`}
    ${preview.value && html`<div class="preview-parts" aria-busy=${preview.isLoading || undefined}>
      <${Prices} items=${preview.value.items} currency=${preview.value.currency} />
      ${seats.value && html`<${PriceMap} availability=${seats.value} items=${preview.value.items} currency=${preview.value.currency} />`}
    </div>`}`;
};
