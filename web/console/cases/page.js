// Cases: what needs a person, the open ones first, what to do next, and closing them with a note.
import { useState } from "preact/hooks";
import { all, api } from "../../base/api.js";
import { dayAndClock, money } from "../../base/format.js";
import { html } from "../../base/html.js";
import { place, setQuery } from "../../base/router.js";
import { Button, Dialog, Empty, Failure, Field, Loading, Notice, Title, useWork } from "../../base/ui.js";
import { area } from "../../base/words.js";
import { useLive } from "../live.js";
import { pathOf } from "../sections.js";
import { styles } from "../styles.js";

const say = await area("console_cases");
await styles(new URL("./cases.css", import.meta.url));

const KINDS = {
  refund_failed: say("A refund failed"), refund_by_hand: say("A refund is to be made by hand"), no_verdict: say("A payment is not decided"),
  difference_not_accepted: say("Another amount was paid"), dispute: say("A payment is disputed"), refund_disputed: say("A refund is disputed"),
  drift: say("The provider's books differ from ours"), unknown_order: say("An order at the provider has our receipt and no sale"),
};

const Close = ({ one, onDone, onClose }) => {
  const [note, setNote] = useState("");
  const [close, { busy, problem }] = useWork(async () => {
    await api.post(`/api/admin/cases/${one.id}/close`, { note: note.trim() });
    onDone();
  });
  const onSubmit = (event) => {
    event.preventDefault();
    close();
  };
  return html`<${Dialog} title=${say("Close the case")} onClose=${onClose}><form onSubmit=${onSubmit}>
    <p>${KINDS[one.kind] ?? one.kind} · ${money(one.amount, one.currency)}</p>
    <${Field} as="textarea" label=${say("What was done")} required value=${note} problem=${problem} path="note" onInput=${(event) => setNote(event.target.value)} />
    <${Failure} problem=${problem} />
    <p class="actions"><${Button} kind="primary" type="submit" busy=${busy}>${say("Close the case")}<//><${Button} kind="quiet" onClick=${onClose}>${say("Leave it open")}<//></p>
  </form><//>`;
};

const One = ({ one, timeZone, onClose }) => html`<li class="card case">
  <div class="row between"><h2>${KINDS[one.kind] ?? one.kind}</h2><span class="amount">${money(one.amount, one.currency)}</span></div>
  <p>${one.detail}</p>
  ${!one.closedAt && html`<p class="next"><b>${say("Next step")}</b><br />${one.nextStep}</p>`}
  <p class="soft small">${say("Opened {time}", { time: dayAndClock(one.openedAt, timeZone) })}${one.closedAt && ` · ${say("Closed {time}", { time: dayAndClock(one.closedAt, timeZone) })}`}</p>
  ${one.note && html`<p class="notice">${one.note}</p>`}
  <p class="actions"><a class="button" href=${pathOf("bookings", one.bookingId)}>${say("The booking")}</a>
    ${!one.closedAt && html`<${Button} kind="primary" onClick=${() => onClose(one)}>${say("Close the case")}<//>`}</p>
</li>`;

/** `/console/cases`: open ones, or with `?closed=1` the others. */
export default function Cases({ theater, arrived }) {
  const isClosed = place.value.query.get("closed") === "1";
  const { value: cases, problem, reload } = useLive((signal) => all("/api/admin/cases", { open: !isClosed }, { signal }), [isClosed], 30);
  const [closing, setClosing] = useState(null);
  const [done, setDone] = useState(false);
  const onDone = () => {
    setClosing(null);
    setDone(true);
    reload();
  };
  return html`<${Title} focus=${arrived}>${say("Cases")}<//>
    <p class="soft">${say("What the system cannot settle alone.")}</p>
    <div class="chips" role="group" aria-label=${say("Which cases")}>
      <button type="button" class="chip" aria-pressed=${!isClosed} onClick=${() => setQuery({ closed: null })}>${say("Open")}</button>
      <button type="button" class="chip" aria-pressed=${isClosed} onClick=${() => setQuery({ closed: 1 })}>${say("Closed")}</button>
    </div>
    ${done && html`<${Notice} kind="good"><p>${say("The case is closed.")}</p><//>`}
    <${Failure} problem=${problem} again=${reload} />
    ${!cases && !problem && html`<${Loading} lines=${4} />`}
    ${cases && (cases.length ? html`<ul class="cases">${cases.map((one) => html`<${One} key=${one.id} one=${one} timeZone=${theater.timezone} onClose=${setClosing} />`)}</ul>`
      : html`<div class="cases"><${Empty}><p>${isClosed ? say("No case was closed yet.") : say("No case is open. All is well.")}</p><//></div>`)}
    ${closing && html`<${Close} one=${closing} onDone=${onDone} onClose=${() => setClosing(null)} />`}`;
}
