// The shows of a week, copied to another: local times stay.
import { useState } from "preact/hooks";
import { api } from "../../base/api.js";
import { dateAfter, dateText } from "../../base/format.js";
import { html } from "../../base/html.js";
import { Button, Dialog, Failure, Field, Notice, useWork } from "../../base/ui.js";
import { area } from "../../base/words.js";
import { Skipped } from "./form.js";
import { businessDateOf, mondayOf } from "./timeline.js";

const say = await area("console_schedule");

/** How many shows came to which day. */
const Days = ({ shows, zone }) => {
  const days = new Map();
  for (const { startAt } of shows) {
    const date = businessDateOf(Date.parse(startAt), zone);
    days.set(date, (days.get(date) ?? 0) + 1);
  }
  return html`<ul class="plain">${[...days].map(([date, count]) => html`<li key=${date}>${dateText(date)}: ${say.count(count, "{count} show", "{count} shows")}</li>`)}</ul>`;
};

export const CopyWeek = ({ theater, date, onClose, onCopied }) => {
  const [from, setFrom] = useState(mondayOf(date));
  const [to, setTo] = useState(dateAfter(mondayOf(date), 7));
  const [done, setDone] = useState(null);
  const [run, { busy, problem }] = useWork(async () => {
    try {
      setDone(await api.post("/api/admin/showtimes/copy-week", { theaterId: theater.id, from, to }));
    } finally {
      onCopied(); // of a call that failed some screens may have been copied
    }
  });
  return html`<${Dialog} title=${say("Copy a week")} onClose=${onClose}>
    ${done
    ? html`<${Notice} kind="good"><p>${say.count(done.total, "{count} show was copied.", "{count} shows were copied.")}</p><${Days} shows=${done.items} zone=${theater.timezone} /><${Skipped} skipped=${done.skipped} theater=${theater} /><//>
      <p class="actions"><${Button} kind="primary" onClick=${onClose}>${say("Done")}<//></p>`
    : html`<form onSubmit=${(event) => { event.preventDefault(); run(); }}>
      <p>${say("All shows of seven days are scheduled again in other seven, on the same screens at the same local times. A busy screen is left out and listed.")}</p>
      <div class="columns">
        <${Field} label=${say("First day of the week to copy")} type="date" required value=${from} problem=${problem} path="from" onInput=${(event) => setFrom(event.target.value)} />
        <${Field} label=${say("First day of the new week")} type="date" required value=${to} problem=${problem} path="to" onInput=${(event) => setTo(event.target.value)} />
      </div>
      <${Failure} problem=${problem}>${problem?.status !== 422 && html`<p>${say("Some shows may have been copied before. Copy once more: the others are added, and none comes twice.")}</p>`}<//>
      <p class="actions"><${Button} kind="primary" type="submit" busy=${busy}>${say("Copy the week")}<//></p>
    </form>`}
  <//>`;
};
