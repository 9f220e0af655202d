// What one is sent, in which language, and the theaters one likes.
import { useState } from "preact/hooks";
import { all, api } from "../base/api.js";
import { html } from "../base/html.js";
import { Check, Failure, Field, Loading, useLoaded, useWork } from "../base/ui.js";
import { LANGUAGES, area } from "../base/words.js";

const say = await area("account");

const Theaters = ({ liked, toggle }) => {
  const { value, problem, reload } = useLoaded((signal) => all("/api/theaters", {}, { signal }), []);
  if (problem) return html`<${Failure} problem=${problem} again=${reload} />`;
  if (!value) return html`<${Loading} lines=${3} />`;
  return html`<div class="choices">${value.map(({ id, name, city }) => html`<${Check} key=${id} label=${name} hint=${city} checked=${liked.includes(id)} onChange=${() => toggle(id)} />`)}</div>`;
};

/** Each choice is shown and saved at once; what could not be saved is shown as it was. */
export const Preferences = ({ me, changed }) => {
  const [isSaved, setIsSaved] = useState(false);
  const [shown, setShown] = useState(me.prefs);
  const { emailNotifications, smsNotifications, language, favouriteTheaterIds: liked } = shown;
  const [save, { problem }] = useWork(async (prefs) => {
    setIsSaved(false);
    setShown((before) => ({ ...before, ...prefs }));
    try {
      changed(await api.patch("/api/users/me", { prefs }));
    } catch (refused) {
      setShown(me.prefs);
      throw refused;
    }
    setIsSaved(true);
  });
  const toggle = (id) => save({ favouriteTheaterIds: liked.includes(id) ? liked.filter((one) => one !== id) : [...liked, id] });
  return html`<section class="card" aria-labelledby="preferences">
    <h2 id="preferences">${say("Preferences")}</h2>
    <${Check} label=${say("Reminders and news by mail")} hint=${say("Tickets and refunds are sent in any case.")} checked=${emailNotifications} onChange=${() => save({ emailNotifications: !emailNotifications })} />
    <${Check} label=${say("Messages by SMS")} hint=${say("To a confirmed phone; codes to sign in by are sent in any case.")} checked=${smsNotifications} onChange=${() => save({ smsNotifications: !smsNotifications })} />
    <${Field} as="select" label=${say("Language of mails and messages")} value=${language} onChange=${(event) => save({ language: event.target.value })}>
      ${Object.entries(LANGUAGES).map(([tag, name]) => html`<option key=${tag} value=${tag} lang=${tag}>${name}</option>`)}
    <//>
    <details><summary>${say("Favourite theaters")}</summary><${Theaters} liked=${liked} toggle=${toggle} /></details>
    <p role="status" class="soft small">${isSaved ? say("Saved.") : ""}</p>
    <${Failure} problem=${problem} />
  </section>`;
};
