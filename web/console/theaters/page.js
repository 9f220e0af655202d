// The theaters of the chain: opened by an admin, changed by those who run them.
import { useState } from "preact/hooks";
import { api, send } from "../../base/api.js";
import { html } from "../../base/html.js";
import { go } from "../../base/router.js";
import { user } from "../../base/session.js";
import { Button, ButtonLink, Check, Empty, Failure, Field, Loading, Notice, Title, useLoaded, useTabTitle, useWork } from "../../base/ui.js";
import { area } from "../../base/words.js";
import { Confirm } from "../confirm.js";
import { Rows } from "../prices/rows.js";
import { styles } from "../styles.js";
import { chooseTheater, loadTheaters, theaters } from "../theaters.js";
import { bodyOf, fieldsOf, unreadable } from "./form.js";

const say = await area("console_theaters");
await styles(new URL("./theaters.css", import.meta.url));
const ZONES = Intl.supportedValuesOf?.("timeZone") ?? [];
const isAdmin = () => user.value?.roles?.includes("admin");

const List = () => html`
  ${isAdmin() && html`<p class="actions first"><${ButtonLink} kind="primary" href="/console/theaters/new">${say("Open a theater")}<//></p>`}
  ${!theaters.value?.length && html`<${Empty}>${say("There is no theater yet.")}<//>`}
  <ul class="grid">${(theaters.value ?? []).map((each) => html`<li key=${each.id}><a class="card theater" href=${`/console/theaters/${each.id}`}><h2>${each.name}</h2><p class="soft">${each.address}, ${each.city}</p></a></li>`)}</ul>`;

const Place = ({ bind, zones }) => html`<fieldset><legend>${say("Where")}</legend><div class="columns">
  <${Field} label=${say("Address")} required ...${bind("address")} />
  <${Field} label=${say("City")} required ...${bind("city")} />
  <${Field} label=${say("Latitude")} inputmode="decimal" required ...${bind("lat")} path="geo.lat" />
  <${Field} label=${say("Longitude")} inputmode="decimal" required ...${bind("lng")} path="geo.lng" />
  <${Field} label=${say("Time zone")} as="select" required ...${bind("timezone")}>${zones.map((zone) => html`<option key=${zone} value=${zone}>${zone}</option>`)}<//>
</div></fieldset>`;

const Terms = ({ fields, set, wrong }) => html`<fieldset><legend>${say("When guests cancel")}</legend>
  <${Rows} label=${say("When guests cancel")} blank=${{ hoursBefore: "0", refundPercent: "100" }} lines=${fields.tiers} onChange=${(tiers) => set({ tiers })}
    columns=${[{ name: "hoursBefore", label: say("Hours before the start, at least"), type: "decimal" }, { name: "refundPercent", label: say("Percent given back"), type: "numeric" }]} />
  ${wrong.includes("tiers") && html`<p class="notice bad" role="alert">${say("A number in this table cannot be read.")}</p>`}
  <p class="hint">${say("After the last line nothing can be cancelled. Without lines all is given back until the start.")}</p>
  <${Check} label=${say("Fees are given back, too")} checked=${fields.feesRefunded} onChange=${(event) => set({ feesRefunded: event.target.checked })} />
  <${Check} label=${say("No seat may be left alone between others")} checked=${fields.forbidsSingleSeats} onChange=${(event) => set({ forbidsSingleSeats: event.target.checked })} />
</fieldset>`;

const Remove = ({ theater, etag, onClose }) => {
  const work = async () => {
    await api.delete(`/api/admin/theaters/${theater.id}`, { etag });
    await loadTheaters(user.value);
    go("/console/theaters");
  };
  const explained = (problem) => (problem?.code === "in_use" ? { message: say("Shows are scheduled there: cancel them first.") } : problem);
  return html`<${Confirm} title=${say("Close {theater} for good?", { theater: theater.name })} yes=${say("Close the theater")} work=${work} explained=${explained} onClose=${onClose}>
    <p>${say("A theater with upcoming shows cannot be closed.")}</p>
  <//>`;
};

const Form = ({ theater, etag: first, reload }) => {
  const [fields, setFields] = useState(() => fieldsOf(theater));
  const [etag, setEtag] = useState(first);
  const [wrong, setWrong] = useState([]);
  const [saved, setSaved] = useState(false);
  const [removes, setRemoves] = useState(false);
  const set = (changes) => {
    setFields((before) => ({ ...before, ...changes }));
    setSaved(false);
  };
  const [run, { busy, problem }] = useWork(async () => {
    const body = bodyOf(fields, !theater);
    const answer = theater ? await send("PATCH", `/api/admin/theaters/${theater.id}`, { body, etag }) : await send("POST", "/api/admin/theaters", { body, key: crypto.randomUUID() });
    await loadTheaters(user.value);
    if (!theater) {
      chooseTheater(answer.body.id);
      return go("/console/layouts/new");
    }
    setEtag(answer.etag);
    return setSaved(true);
  });
  const onSubmit = (event) => {
    event.preventDefault();
    const found = unreadable(fields);
    setWrong(found);
    if (!found.length) run();
  };
  const bind = (name) => ({ value: fields[name], problem, path: name, error: wrong.includes(name) ? say("This is no number.") : undefined, onInput: (event) => set({ [name]: event.target.value }) });
  const zones = ZONES.includes(fields.timezone) ? ZONES : [fields.timezone, ...ZONES];
  return html`<form class="card" onSubmit=${onSubmit}>
    <${Field} label=${say("Name")} required maxlength="100" ...${bind("name")} />
    <${Place} bind=${bind} zones=${zones} />
    <fieldset><legend>${say("For guests")}</legend><div class="columns">
      <${Field} label=${say("Phone")} type="tel" ...${bind("phone")} path="contact.phone" />
      <${Field} label=${say("E-mail")} type="email" ...${bind("email")} path="contact.email" />
      <${Field} label=${say("Amenities")} hint=${say("with commas between")} ...${bind("amenities")} />
    </div></fieldset>
    <${Terms} fields=${fields} set=${set} wrong=${wrong} />
    <fieldset><legend>${say("On invoices")}</legend><div class="columns">
      <${Field} label=${say("Code")} hint=${say("1 to 3 capitals or digits; given when left out")} maxlength="3" ...${bind("code")} />
      <${Field} label=${say("Tax number")} ...${bind("taxId")} />
    </div></fieldset>
    <${Failure} problem=${problem} again=${problem?.code === "stale_version" ? reload : undefined} />
    ${saved && html`<${Notice} kind="good">${say("The theater is saved.")}<//>`}
    <p class="actions"><${Button} kind="primary" type="submit" busy=${busy}>${theater ? say("Save the theater") : say("Open the theater")}<//>
      ${theater && isAdmin() && html`<${Button} kind="danger" onClick=${() => setRemoves(true)}>${say("Close the theater")}<//>`}</p>
    ${removes && html`<${Remove} theater=${theater} etag=${etag} onClose=${() => setRemoves(false)} />`}
  </form>`;
};

const Known = ({ id, arrived }) => {
  const loaded = useLoaded((signal) => send("GET", `/api/theaters/${id}`, { signal, cache: "no-cache" }), [id]);
  if (loaded.problem) return html`<${Failure} problem=${loaded.problem} again=${loaded.reload} />`;
  if (!loaded.value) return html`<${Loading} />`;
  return html`<${Title} focus=${arrived}>${loaded.value.body.name}<//><${Form} key=${loaded.value.etag} theater=${loaded.value.body} etag=${loaded.value.etag} reload=${loaded.reload} />`;
};

export default function Theaters({ id, arrived }) {
  useTabTitle(say("Theaters"));
  if (!id) return html`<${Title} focus=${arrived}>${say("Theaters")}<//><${List} />`;
  return html`<p><a href="/console/theaters">${say("All theaters")}</a></p>
    ${id === "new" ? html`<${Title} focus=${arrived}>${say("New theater")}<//><${Form} theater=${null} etag=${null} />` : html`<${Known} key=${id} id=${id} arrived=${arrived} />`}`;
}
