// All that is stored of one, to take along; and erasing it.
import { useState } from "preact/hooks";
import { api } from "../base/api.js";
import { html } from "../base/html.js";
import { forget } from "../base/session.js";
import { Button, Check, Dialog, Failure, Field, Notice, useWork } from "../base/ui.js";
import { area } from "../base/words.js";
import { file, save } from "../base/files.js";

const say = await area("account");

const Upcoming = ({ ids, keeps, setKeeps }) => html`<${Notice} kind="warn">
    <p>${say.count(ids.length, "You have a ticket for a show to come. Cancel it first, or keep it:", "You have tickets for {count} shows to come. Cancel them first, or keep them:")}</p>
    <ul>${ids.map((id, at) => html`<li key=${id}><a href=${`/bookings/${id}`}>${say("Booking {number}", { number: at + 1 })}</a></li>`)}</ul>
  <//>
  <${Check} label=${say("Keep the tickets")} hint=${say("They stay valid: save them as PDF before you erase the account. No message comes any more, not even when a show is cancelled.")} checked=${keeps} onChange=${() => setKeeps(!keeps)} />`;

const Erasing = ({ me, onClose }) => {
  const [keeps, setKeeps] = useState(false);
  const [upcoming, setUpcoming] = useState(null);
  const [erase, { busy, problem }] = useWork(async ({ password }) => {
    try {
      await api.delete("/api/users/me", { body: { ...(password && { password }), ...(keeps && { keepTickets: true }) }, repeats: 0 });
    } catch (refused) {
      if (refused.code !== "upcoming_bookings") throw refused;
      setUpcoming(refused.body.bookingIds);
      return;
    }
    forget();
    location.assign("/");
  });
  const submit = (event) => {
    event.preventDefault();
    erase(Object.fromEntries(new FormData(event.target)));
  };
  const isWrong = problem?.code === "invalid_credentials";
  return html`<${Dialog} title=${say("Erase me")} onClose=${onClose}>
    <p>${say("Your name, addresses, phone and preferences are erased everywhere, and you are signed out everywhere. This cannot be undone.")}</p>
    <form onSubmit=${submit}>
      ${upcoming && html`<${Upcoming} ids=${upcoming} keeps=${keeps} setKeeps=${setKeeps} />`}
      ${me.email && html`<${Field} label=${say("Password")} name="password" type="password" autocomplete="current-password" hint=${say("If your account has one.")} error=${isWrong ? say("This is not your password.") : null} />`}
      <${Failure} problem=${isWrong ? null : problem} />
      <p class="actions"><${Button} type="submit" kind="danger" busy=${busy} disabled=${upcoming && !keeps}>${say("Erase me for good")}<//><${Button} onClick=${onClose}>${say("Keep the account")}<//></p>
    </form>
  <//>`;
};

export const Leaving = ({ me }) => {
  const [isErasing, setErasing] = useState(false);
  const [take, { busy, problem }] = useWork(async () => save(await file("/api/users/me/export"), "marquee.json"));
  return html`<section class="card" aria-labelledby="data">
    <h2 id="data">${say("Your data")}</h2>
    <p>${say("All that we store of you, as a file; or erase it.")}</p>
    <p class="actions">
      <${Button} busy=${busy} onClick=${take}>${say("Download my data")}<//>
      <${Button} kind="danger" onClick=${() => setErasing(true)}>${say("Erase me")} …<//>
    </p>
    <${Failure} problem=${problem} />
    ${isErasing && html`<${Erasing} me=${me} onClose=${() => setErasing(false)} />`}
  </section>`;
};
