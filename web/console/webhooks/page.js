// Partners' webhooks: where events are sent, what came of each delivery, sent again and recovered.
import { useState } from "preact/hooks";
import { all, api, send, withQuery } from "../../base/api.js";
import { html } from "../../base/html.js";
import { Button, Check, Dialog, Empty, Failure, Field, Loading, Notice, Title, useLoaded, useTabTitle, useWork } from "../../base/ui.js";
import { area, locale } from "../../base/words.js";
import { Confirm } from "../confirm.js";
import { instantIn } from "../schedule/timeline.js";
import { styles } from "../styles.js";

const say = await area("console_webhooks");
await styles(new URL("./webhooks.css", import.meta.url));
const timeText = (iso, timeZone) => new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", timeZone }).format(new Date(iso));
const STATES = { pending: () => say("waits"), delivered: () => say("delivered"), failed: () => say("failed"), skipped: () => say("skipped") };
const ERRORS = {
  "no answer in time": () => say("no answer in time"), "TLS failed": () => say("its certificate is not accepted"), "address not allowed": () => say("the address is not one that events may be sent to"),
  "name not resolved": () => say("the name of the server is not known"), "cannot connect": () => say("nobody takes calls there"), "connection lost or no HTTP": () => say("the connection was lost"),
};
const LOOKS = { delivered: "good", failed: "bad", pending: "warn" };

const attemptText = ({ status, error }) => (status ? say("answered {status}", { status }) : ERRORS[error]?.() ?? error);

/** The names of events, as the API's own document lists them. */
const eventsOf = async (signal) => (await api.get("/api/openapi.json", { signal })).components.schemas.NewWebhook.properties.events.items.enum;

const Edit = ({ webhook, etag, theater, onDone, onClose }) => {
  const events = useLoaded(eventsOf, []);
  const [url, setUrl] = useState(webhook?.url ?? "");
  const [chosen, setChosen] = useState(webhook?.events ?? []);
  const [isEnabled, setIsEnabled] = useState(webhook?.enabled ?? true);
  const [isHere, setIsHere] = useState(webhook ? webhook.theaterIds !== null : true);
  const others = webhook?.theaterIds?.some((id) => id !== theater?.id) ? webhook.theaterIds.length : 0;
  const [run, { busy, problem }] = useWork(async () => {
    const theaterIds = isHere ? webhook?.theaterIds ?? [theater.id] : null;
    const body = { url: url.trim(), events: chosen, enabled: isEnabled, theaterIds };
    onDone(webhook ? await api.patch(`/api/admin/webhooks/${webhook.id}`, body, { etag }) : await api.post("/api/admin/webhooks", body));
  });
  return html`<${Dialog} title=${webhook ? say("Change the webhook") : say("New webhook")} onClose=${onClose} wide>
    <form onSubmit=${(event) => { event.preventDefault(); run(); }}>
      <${Field} label=${say("Address that takes the events")} type="url" required value=${url} problem=${problem} path="url" onInput=${(event) => setUrl(event.target.value)} />
      <fieldset><legend>${say("Events")}</legend><${Failure} problem=${events.problem} again=${events.reload} />${!events.value && !events.problem && html`<${Loading} />`}
        <div class="grid">${(events.value ?? []).map((name) => html`<${Check} key=${name} label=${name} checked=${chosen.includes(name)} onChange=${(event) => setChosen(event.target.checked ? [...chosen, name] : chosen.filter((each) => each !== name))} />`)}</div></fieldset>
      ${theater && html`<${Check} label=${others > 0 ? say.count(others, "Only of the {count} theater chosen before, else of all of mine", "Only of the {count} theaters chosen before, else of all of mine") : say("Only of {theater}, else of all of mine", { theater: theater.name })} checked=${isHere} onChange=${(event) => setIsHere(event.target.checked)} />`}
      <${Check} label=${say("Switched on")} checked=${isEnabled} onChange=${(event) => setIsEnabled(event.target.checked)} />
      <${Failure} problem=${problem} />
      <p class="actions"><${Button} kind="primary" type="submit" busy=${busy} disabled=${!chosen.length}>${say("Save")}<//></p>
    </form><//>`;
};

const Deliveries = ({ webhook, zone }) => {
  const [page, setPage] = useState(1);
  const [since, setSince] = useState("");
  const [recovered, setRecovered] = useState(null);
  const list = useLoaded((signal) => api.get(withQuery(`/api/admin/webhooks/${webhook.id}/deliveries`, { page, pageSize: 20 }), { signal }), [webhook.id, page]);
  const [again, againState] = useWork(async (delivery) => {
    await api.post(`/api/admin/webhooks/${webhook.id}/deliveries/${delivery.id}/redeliver`, undefined);
    list.reload();
  });
  const [recover, recoverState] = useWork(async () => {
    setRecovered((await api.post(`/api/admin/webhooks/${webhook.id}/recover`, { since: instantIn(since, zone) })).count);
    list.reload();
  });
  if (list.problem) return html`<${Failure} problem=${list.problem} again=${list.reload} />`;
  if (!list.value) return html`<${Loading} />`;
  const { items, total, pageSize } = list.value;
  return html`<${Failure} problem=${againState.problem} />
    ${!total ? html`<p class="soft">${say("Nothing was sent yet.")}</p>` : html`<div class="scroll" role="group" tabindex="0" aria-label=${say("Deliveries")}><table>
      <thead><tr><th scope="col">${say("When")}</th><th scope="col">${say("Event")}</th><th scope="col">${say("What came of it")}</th><td></td></tr></thead>
      <tbody>${items.map((delivery) => {
    const last = delivery.attempts.at(-1);
    return html`<tr key=${delivery.id}><td>${timeText(delivery.createdAt, zone)}</td><td>${delivery.event}</td>
        <td><span class=${`badge ${LOOKS[delivery.status] ?? ""}`}>${STATES[delivery.status]()}</span> ${last && attemptText(last)}${delivery.nextAttemptAt && html` · ${say("again {time}", { time: timeText(delivery.nextAttemptAt, zone) })}`}</td>
        <td><${Button} kind="quiet" disabled=${againState.busy} onClick=${() => again(delivery)}>${say("Send again")}<//></td></tr>`;
  })}</tbody></table></div>`}
    ${total > pageSize && html`<p class="row"><${Button} disabled=${page <= 1} onClick=${() => setPage(page - 1)}>${say("Newer")}<//><${Button} disabled=${page * pageSize >= total} onClick=${() => setPage(page + 1)}>${say("Older")}<//></p>`}
    <form class="row form-row" onSubmit=${(event) => { event.preventDefault(); recover(); }}><${Field} label=${say("Send all that failed since")} type="datetime-local" required value=${since} onInput=${(event) => setSince(event.target.value)} /><${Button} type="submit" busy=${recoverState.busy}>${say("Recover")}<//></form>
    <${Failure} problem=${recoverState.problem} />
    ${recovered !== null && html`<${Notice} kind="good">${say.count(recovered, "{count} delivery is sent again.", "{count} deliveries are sent again.")}<//>`}`;
};

const Entry = ({ webhook, zone, onEdit, onRemoved }) => {
  const [isOpen, setIsOpen] = useState(false);
  const [removes, setRemoves] = useState(false);
  const remove = async () => {
    await api.delete(`/api/admin/webhooks/${webhook.id}`);
    setRemoves(false);
    onRemoved();
  };
  return html`<li class="card webhook"><h2>${webhook.url}</h2>
    <p class="row"><span class=${`badge ${webhook.enabled ? "good" : "bad"}`}>${webhook.enabled ? say("on") : webhook.disabledReason ? say("switched off: it failed too long") : say("off")}</span><span class="soft">${webhook.events.join(", ")}</span></p>
    <p class="actions"><${Button} aria-expanded=${isOpen} onClick=${() => setIsOpen(!isOpen)}>${say("Deliveries")}<//><${Button} onClick=${() => onEdit(webhook)}>${say("Change")}<//><${Button} kind="danger" onClick=${() => setRemoves(true)}>${say("Remove")}<//></p>
    ${isOpen && html`<${Deliveries} webhook=${webhook} zone=${zone} />`}
    ${removes && html`<${Confirm} title=${say("Remove the webhook?")} yes=${say("Remove")} work=${remove} onClose=${() => setRemoves(false)}>
      <p>${say("Nothing is sent to {address} any more, and what was sent is forgotten.", { address: webhook.url })}</p><//>`}</li>`;
};

export default function Webhooks({ theater, arrived }) {
  useTabTitle(say("Webhooks"));
  const zone = theater?.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const [edited, setEdited] = useState(null); // {webhook, etag}; webhook null for a new one
  const [secret, setSecret] = useState(null);
  const list = useLoaded((signal) => all("/api/admin/webhooks", {}, { signal }), []);
  const [edit, { problem }] = useWork(async (webhook) => {
    const { body, etag } = await send("GET", `/api/admin/webhooks/${webhook.id}`);
    setEdited({ webhook: body, etag });
  });
  const done = (saved) => {
    setEdited(null);
    setSecret(saved.secret ?? null);
    list.reload();
  };
  return html`<${Title} focus=${arrived}>${say("Webhooks")}<//>
    <p class="soft">${say("Events are sent to partners' addresses, signed by Standard Webhooks, and again for as long as they are not taken.")}</p>
    <p class="actions first"><${Button} kind="primary" onClick=${() => setEdited({ webhook: null, etag: null })}>${say("New webhook")}<//></p>
    ${secret && html`<${Notice} kind="good"><p>${say("The webhook is made. Its secret is shown this once; give it to the partner:")}</p><p class="mono">${secret}</p><//>`}
    <${Failure} problem=${list.problem ?? problem} again=${list.reload} />
    ${!list.value && !list.problem && html`<${Loading} />`}
    ${list.value && (list.value.length ? html`<ul class="stack">${list.value.map((webhook) => html`<${Entry} key=${webhook.id} webhook=${webhook} zone=${zone} onEdit=${edit} onRemoved=${list.reload} />`)}</ul>` : html`<${Empty}>${say("No partner is told of anything yet.")}<//>`)}
    ${edited && html`<${Edit} webhook=${edited.webhook} etag=${edited.etag} theater=${theater} onDone=${done} onClose=${() => setEdited(null)} />`}`;
}
