// Who changed what and when, with what it was before and after.
import { useEffect, useState } from "preact/hooks";
import { all, api, withQuery } from "../../base/api.js";
import { dateAfter } from "../../base/format.js";
import { html } from "../../base/html.js";
import { place, setQuery } from "../../base/router.js";
import { user as me } from "../../base/session.js";
import { Button, Empty, Failure, Field, Loading, Title, useLoaded, useTabTitle } from "../../base/ui.js";
import { area, locale } from "../../base/words.js";
import { Named, isNamed } from "../named.js";
import { instantOf } from "../schedule/timeline.js";
import { styles } from "../styles.js";
import { differences, valueText } from "./difference.js";

const say = await area("console_audit");
await styles(new URL("./audit.css", import.meta.url));

const KINDS = {
  movies: () => say("Film"), theaters: () => say("Theater"), screens: () => say("Screen"), showtimes: () => say("Show"), pricing: () => say("Prices"),
  taxes: () => say("Taxes"), users: () => say("User"), bookings: () => say("Booking"), cases: () => say("Case"), queues: () => say("Waiting room"), webhooks: () => say("Webhook"),
};
const VERBS = {
  created: () => say("created"), changed: () => say("changed"), deleted: () => say("deleted"), removed: () => say("removed"), cancelled: () => say("cancelled"), imported: () => say("imported"),
  replaced: () => say("replaced"), blocked: () => say("blocked"), unblocked: () => say("let in again"), roles_changed: () => say("roles changed"), erased: () => say("erased"),
  refunded: () => say("refunded"), resent: () => say("sent again"), sold_at_counter: () => say("sold at the counter"), complimentary: () => say("given away"), closed: () => say("closed"), opened: () => say("opened"), ended: () => say("ended"),
};

/** An action in words; as the API names it where there are none. */
const actionText = (action) => {
  const [kind, verb] = action.split(".");
  return KINDS[kind] && VERBS[verb] ? `${KINDS[kind]()}: ${VERBS[verb]()}` : action;
};

const isTime = (value) => typeof value === "string" && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value);

const timeText = (value, zone) => new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", timeZone: zone }).format(new Date(value));

/** A value as people read it: times by the theater's clock, names in place of ids. */
const Value = ({ value, record, zone }) => {
  if (Array.isArray(value)) return value.map((each, at) => html`${at > 0 && ", "}<${Value} key=${at} value=${each} record=${record} zone=${zone} />`);
  if (isNamed(value)) return html`<${Named} id=${value} theaterId=${record.theaterId} />`;
  return isTime(value) ? timeText(value, zone) : valueText(value);
};

const Difference = ({ record, zone }) => {
  const rows = differences(record.before, record.after).filter(({ path }) => path !== "id"); // it stands below
  if (!rows.length) return html`<p class="soft">${say("Nothing differs.")}</p>`;
  const side = (value) => html`<${Value} value=${value} record=${record} zone=${zone} />`;
  return html`<div class="scroll" role="group" tabindex="0" aria-label=${say("What differs")}><table class="difference">
    <thead><tr><th scope="col">${say("What")}</th><th scope="col">${say("Before")}</th><th scope="col">${say("After")}</th></tr></thead>
    <tbody>${rows.map((row) => html`<tr key=${row.path}><th scope="row" class="mono">${row.path}</th>
      <td>${row.before !== undefined && html`<del>${side(row.before)}</del>`}</td><td>${row.after !== undefined && html`<ins>${side(row.after)}</ins>`}</td></tr>`)}</tbody>
  </table></div>`;
};

const Subject = ({ record }) => {
  if (record.subject === "taxes") return null; // there is one table of them
  const known = record.after ?? record.before ?? {};
  const said = record.subjectName ?? known.name ?? known.title ?? known.url ?? known.note;
  return html`<${Named} id=${record.subject} theaterId=${record.theaterId} otherwise=${said} />`;
};

/** Who made a change, in words; the environment made the first admin. */
const byWhom = (record) => {
  if (record.userId === me.value?.id) return say("you");
  return record.userName ?? (record.userId === "environment" ? say("the set-up") : say("somebody who was erased since"));
};

const Entry = ({ record, zone }) => {
  const [isOpen, setIsOpen] = useState(false);
  return html`<li class="entry">
    <details onToggle=${(event) => setIsOpen(event.target.open)}><summary>
      <time datetime=${record.at}>${timeText(record.at, zone)}</time> <b>${actionText(record.action)}</b> <${Subject} record=${record} /> <span class="soft" title=${record.userId}>${say("by {name}", { name: byWhom(record) })}</span>
    </summary>
    ${isOpen && html`<${Difference} record=${record} zone=${zone} /><p class="soft small mono">${record.subject} · ${record.userId}</p>`}</details>
  </li>`;
};

/** Who works here, by id, as `who` may be chosen from: for admins alone, whom users may be shown to. */
const workers = async (signal) => {
  if (!me.value?.roles?.includes("admin")) return new Map();
  const lists = await Promise.all(["admin", "manager", "staff"].map((role) => all("/api/admin/users", { role }, { signal })));
  return new Map(lists.flat().map((user) => [user.id, user.name || user.email || user.id]));
};

const Filters = ({ query, names }) => html`<div class="columns">
  <${Field} label=${say("Who")} as="select" value=${query.get("who") ?? ""} onChange=${(event) => setQuery({ who: event.target.value, page: null })}>
    <option value="">${say("anybody")}</option>${[...names].map(([id, name]) => html`<option key=${id} value=${id}>${name}</option>`)}<//>
  <${Field} label=${say("What")} as="select" value=${query.get("what") ?? ""} onChange=${(event) => setQuery({ what: event.target.value, page: null })}>
    <option value="">${say("anything")}</option>${Object.entries(KINDS).map(([kind, name]) => html`<option key=${kind} value=${`${kind}.`}>${name()}</option>`)}<//>
  <${Field} label=${say("From")} type="date" value=${query.get("from") ?? ""} onChange=${(event) => setQuery({ from: event.target.value, page: null })} />
  <${Field} label=${say("To")} type="date" value=${query.get("to") ?? ""} onChange=${(event) => setQuery({ to: event.target.value, page: null })} />
</div>`;

const Records = ({ query, onSeen, zone }) => {
  const day = (date, later) => (date ? new Date(instantOf(later ? dateAfter(date, 1) : date, 0, zone)).toISOString() : null);
  const asked = { who: query.get("who"), what: query.get("what"), from: day(query.get("from"), false), to: day(query.get("to"), true), page: query.get("page") ?? "1", pageSize: 50 };
  const records = useLoaded((signal) => api.get(withQuery("/api/admin/audit", asked), { signal }), [JSON.stringify(asked)]);
  useEffect(() => { onSeen(records.value?.items ?? []); }, [records.value]);
  if (records.problem) return html`<${Failure} problem=${records.problem} again=${records.reload} />`;
  if (!records.value) return html`<${Loading} lines=${6} />`;
  const { items, total, page, pageSize } = records.value;
  return html`<p role="status">${say.count(total, "{count} change", "{count} changes")}</p>
    ${!total && html`<${Empty}>${say("Nobody changed that.")}<//>`}
    <ol class="entries">${items.map((record) => html`<${Entry} key=${record.id} record=${record} zone=${zone} />`)}</ol>
    ${total > pageSize && html`<p class="row"><${Button} disabled=${page <= 1} onClick=${() => setQuery({ page: page - 1 })}>${say("Newer")}<//><${Button} disabled=${page * pageSize >= total} onClick=${() => setQuery({ page: page + 1 })}>${say("Older")}<//></p>`}`;
};

export default function Audit({ theater, arrived }) {
  useTabTitle(say("Audit"));
  const names = useLoaded(workers, []);
  const [seen, setSeen] = useState(new Map()); // those whose changes were shown: a manager chooses from them
  const onSeen = (items) => setSeen((before) => new Map([...before, ...items.filter(({ userName }) => userName).map(({ userId, userName }) => [userId, userName])]));
  const zone = theater?.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const { query } = place.value;
  return html`<${Title} focus=${arrived}>${say("Audit")}<//>
    <${Failure} problem=${names.problem} again=${names.reload} />
    ${names.value ? html`<${Filters} query=${query} names=${new Map([...seen, ...names.value])} /><${Records} query=${query} onSeen=${onSeen} zone=${zone} />` : !names.problem && html`<${Loading} />`}`;
}
