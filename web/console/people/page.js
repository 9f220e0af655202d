// Who may do what where: users are found, given roles at theaters, blocked and let in again. The admin's alone.
import { useState } from "preact/hooks";
import { all, api, send, withQuery } from "../../base/api.js";
import { html } from "../../base/html.js";
import { place, setQuery } from "../../base/router.js";
import { user as me } from "../../base/session.js";
import { Button, Check, Empty, Failure, Field, Loading, Notice, Title, useLoaded, useTabTitle, useWork } from "../../base/ui.js";
import { area } from "../../base/words.js";
import { styles } from "../styles.js";
import { grantOf, grantsByTheater, toggled } from "./rights.js";

const say = await area("console_people");
await styles(new URL("./people.css", import.meta.url));

const ROLES = { user: () => say("Guest"), staff: () => say("Staff"), manager: () => say("Manager"), admin: () => say("Admin") };

const Search = ({ query }) => {
  const [written, setWritten] = useState({ email: query.get("email") ?? "", phone: query.get("phone") ?? "", role: query.get("role") ?? "" });
  const bind = (name) => ({ value: written[name], onInput: (event) => setWritten({ ...written, [name]: event.target.value }) });
  return html`<form class="columns search" role="search" onSubmit=${(event) => { event.preventDefault(); setQuery({ ...written, email: written.email.trim(), phone: written.phone.trim(), page: null }); }}>
    <${Field} label=${say("E-mail")} type="email" hint=${say("the whole address")} ...${bind("email")} />
    <${Field} label=${say("Phone")} type="tel" hint=${say("with its country code")} ...${bind("phone")} />
    <${Field} label=${say("Role")} as="select" ...${bind("role")}><option value="">${say("any")}</option>${Object.entries(ROLES).map(([role, name]) => html`<option key=${role} value=${role}>${name()}</option>`)}<//>
    <p class="form-end"><${Button} kind="primary" type="submit">${say("Find")}<//></p>
  </form>`;
};

const Rights = ({ found, theaters, onChanged }) => {
  const [isAdmin, setIsAdmin] = useState(found.roles.includes("admin"));
  const [grants, setGrants] = useState(grantsByTheater(found));
  const [etag, setEtag] = useState(null);
  const [saved, setSaved] = useState(false);
  const [run, { busy, problem }] = useWork(async () => {
    setSaved(false);
    const answer = await send("PUT", `/api/admin/users/${found.id}/roles`, { body: grantOf(isAdmin, grants), etag });
    setEtag(answer.etag);
    setSaved(true);
    onChanged({ ...found, ...answer.body });
  });
  return html`<form onSubmit=${(event) => { event.preventDefault(); run(); }}>
    <${Check} label=${say("Admin: everything, everywhere")} checked=${isAdmin} onChange=${(event) => setIsAdmin(event.target.checked)} />
    <div class="scroll rights" role="group" tabindex="0" aria-label=${say("Roles at theaters")}><table><thead><tr><th scope="col">${say("Theater")}</th><th scope="col">${say("Staff")}</th><th scope="col">${say("Manager")}</th></tr></thead>
      <tbody>${theaters.map((theater) => html`<tr key=${theater.id}><th scope="row">${theater.name}</th>
        ${["staff", "manager"].map((role) => html`<td key=${role}><input type="checkbox" class="box" aria-label=${say("{role} at {theater}", { role: ROLES[role](), theater: theater.name })}
          checked=${(grants[theater.id] ?? []).includes(role)} onChange=${() => setGrants(toggled(grants, theater.id, role))} /></td>`)}</tr>`)}</tbody></table></div>
    <p class="hint">${say("Staff check tickets in and sell at the counter; managers run the theater. New rights count from the next sign-in, taken ones end within seconds.")}</p>
    ${problem?.code === "last_admin" ? html`<div class="notice bad" role="alert"><p>${say("This is the last admin: make somebody else an admin first.")}</p></div>` : html`<${Failure} problem=${problem} />`}
    ${saved && html`<${Notice} kind="good">${say("The roles are saved.")}<//>`}
    <p class="actions"><${Button} kind="primary" type="submit" busy=${busy}>${say("Save the roles")}<//></p>
  </form>`;
};

const Blocking = ({ found, onChanged }) => {
  const [run, { busy, problem }] = useWork(async () => {
    await api.post(`/api/admin/users/${found.id}/${found.blocked ? "unblock" : "block"}`, undefined, { key: null });
    onChanged({ ...found, blocked: !found.blocked });
  });
  if (found.id === me.value?.id) return null;
  return html`<${Failure} problem=${problem} />
    <p class="actions"><${Button} kind=${found.blocked ? "plain" : "danger"} busy=${busy} onClick=${run}>${found.blocked ? say("Let this user in again") : say("Block this user")}<//>
    <span class="soft small">${found.blocked ? say("Nobody signs in as this user now.") : say("Ends every session; nobody signs in as this user until you let them.")}</span></p>`;
};

const Person = ({ found, theaters, onChanged }) => {
  const [isOpen, setIsOpen] = useState(false);
  const names = new Map(theaters.map((theater) => [theater.id, theater.name]));
  return html`<li class="card">
    <div class="row between"><div><h2>${found.name || say("Without a name")}</h2><p class="soft">${[found.email, found.phone].filter(Boolean).join(" · ") || say("no e-mail, no phone")}</p></div>
      <${Button} aria-expanded=${isOpen} onClick=${() => setIsOpen(!isOpen)}>${isOpen ? say("Close") : say("Roles and access")}<//></div>
    <p class="badges">${found.roles.includes("admin") && html`<span class="badge good">${ROLES.admin()}</span>`}
      ${found.grants.map(({ theaterId, role }) => html`<span key=${theaterId + role} class="badge">${say("{role} at {theater}", { role: ROLES[role](), theater: names.get(theaterId) ?? theaterId })}</span>`)}
      ${found.guest && html`<span class="badge">${say("without an account")}</span>`}${found.blocked && html`<span class="badge bad">${say("blocked")}</span>`}</p>
    ${isOpen && html`<${Rights} found=${found} theaters=${theaters} onChanged=${onChanged} /><${Blocking} found=${found} onChanged=${onChanged} />`}
  </li>`;
};

const Found = ({ query, theaters }) => {
  const asked = { email: query.get("email"), phone: query.get("phone"), role: query.get("role") || (query.get("email") || query.get("phone") ? null : "admin"), page: query.get("page") ?? "1", pageSize: 20 };
  const found = useLoaded((signal) => api.get(withQuery("/api/admin/users", asked), { signal }), [JSON.stringify(asked)]);
  if (found.problem) return html`<${Failure} problem=${found.problem} again=${found.reload} />`;
  if (!found.value) return html`<${Loading} />`;
  const { items, total, page, pageSize } = found.value;
  const onChanged = (changed) => found.set({ ...found.value, items: items.map((each) => (each.id === changed.id ? changed : each)) });
  return html`<p role="status">${say.count(total, "{count} user", "{count} users")}</p>
    ${!total && html`<${Empty}>${say("Nobody is found by that. Addresses and numbers are matched whole.")}<//>`}
    <ul>${items.map((each) => html`<${Person} key=${each.id} found=${each} theaters=${theaters} onChanged=${onChanged} />`)}</ul>
    ${total > pageSize && html`<p class="row"><${Button} disabled=${page <= 1} onClick=${() => setQuery({ page: page - 1 })}>${say("Before")}<//><${Button} disabled=${page * pageSize >= total} onClick=${() => setQuery({ page: page + 1 })}>${say("Next")}<//></p>`}`;
};

export default function People({ arrived }) {
  useTabTitle(say("People"));
  const theaters = useLoaded((signal) => all("/api/theaters", {}, { signal }), []);
  const { query } = place.value;
  return html`<${Title} focus=${arrived}>${say("People")}<//>
    <${Search} query=${query} />
    <${Failure} problem=${theaters.problem} again=${theaters.reload} />
    ${theaters.value && html`<${Found} query=${query} theaters=${theaters.value} />`}`;
}
