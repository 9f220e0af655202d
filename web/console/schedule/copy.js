// The shows of a week, copied to another: local times stay.
import { useState } from "preact/hooks";
import { api } from "../../base/api.js";
import { dateAfter } from "../../base/format.js";
import { html } from "../../base/html.js";
import { Button, Dialog, Failure, Field, Notice, useWork } from "../../base/ui.js";
import { area } from "../../base/words.js";
import { Skipped } from "./form.js";
import { mondayOf } from "./timeline.js";

const say = await area("console_schedule");

export const CopyWeek = ({ theater, date, onClose, onCopied }) => {
  const [from, setFrom] = useState(mondayOf(date));
  const [to, setTo] = useState(dateAfter(mondayOf(date), 7));
  const [done, setDone] = useState(null);
  const [run, { busy, problem }] = useWork(async () => {
    setDone(await api.post("/api/admin/showtimes/copy-week", { theaterId: theater.id, from, to }));
    onCopied();
  });
  return html`<${Dialog} title=${say("Copy a week")} onClose=${onClose}>
    ${done
    ? html`<${Notice} kind="good"><p>${say.count(done.total, "{count} show was copied.", "{count} shows were copied.")}</p><${Skipped} skipped=${done.skipped} theater=${theater} /><//>
      <p class="actions"><${Button} kind="primary" onClick=${onClose}>${say("Done")}<//></p>`
    : html`<form onSubmit=${(event) => { event.preventDefault(); run(); }}>
      <p>${say("All shows of seven days are scheduled again in other seven, on the same screens at the same local times. A busy screen is left out and listed.")}</p>
      <div class="columns">
        <${Field} label=${say("First day of the week to copy")} type="date" required value=${from} problem=${problem} path="from" onInput=${(event) => setFrom(event.target.value)} />
        <${Field} label=${say("First day of the new week")} type="date" required value=${to} problem=${problem} path="to" onInput=${(event) => setTo(event.target.value)} />
      </div>
      <${Failure} problem=${problem} />
      <p class="actions"><${Button} kind="primary" type="submit" busy=${busy}>${say("Copy the week")}<//></p>
    </form>`}
  <//>`;
};
