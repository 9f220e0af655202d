// One's account: who one is, what one is sent, where one is signed in, and how to leave. Without one: signing in.
import { api } from "../base/api.js";
import { html } from "../base/html.js";
import { resume, signOut, update, user } from "../base/session.js";
import { SignIn } from "../base/signin.js";
import { Button, Failure, Loading, Notice, Title, useLoaded, useTabTitle, useWork } from "../base/ui.js";
import { area } from "../base/words.js";
import { Leaving } from "./leaving.js";
import { Preferences } from "./preferences.js";
import { Profile } from "./profile.js";
import { Password, Sessions } from "./security.js";

const say = await area("account");

// Who uses this browser, as it is now; null for nobody.
const read = async (signal) => {
  if (!(await resume())) return null;
  const me = await api.get("/api/users/me", { signal });
  update(me);
  return me;
};

const SignOut = () => {
  const [leave, { busy, problem }] = useWork(signOut);
  return html`<div><${Button} busy=${busy} onClick=${leave}>${say("Sign out")}<//><${Failure} problem=${problem} /></div>`;
};

const Guest = ({ me, onDone }) => html`<${Notice}>
    <p>${say("You are a guest without an account. Open one, or sign in: what you hold and bought in this browser comes along.")}</p>
  <//>
  <div class="card"><${SignIn} onDone=${onDone} way="register" email=${me.email ?? ""} /></div>
  <p class="actions"><a class="button" href="/bookings">${say("My bookings")}</a></p>`;

const Known = ({ me, set }) => {
  const changed = (answer) => {
    update(answer);
    set(answer);
  };
  return html`<div class="stack">
    <${Profile} me=${me} changed=${changed} />
    <${Preferences} me=${me} changed=${changed} />
    <${Password} me=${me} />
    <${Sessions} />
    <${Leaving} me=${me} />
  </div>`;
};

export default function Account({ arrived }) {
  const who = user.value?.id ?? null;
  const { value: me, problem, reload, set, isLoading } = useLoaded(read, [who]);
  const shown = me && who === me.id ? me : null;
  useTabTitle(say("Account"));
  return html`<div class=${`account ${shown && !shown.guest ? "" : "narrow"}`}>
    <div class="row between"><${Title} focus=${arrived}>${shown && !shown.guest ? say("Hello, {name}", { name: shown.name }) : say("Account")}<//>${shown && !shown.guest && html`<${SignOut} />`}</div>
    <${Failure} problem=${problem} again=${reload} />
    ${isLoading && !shown && html`<${Loading} lines=${6} />`}
    ${!isLoading && !shown && !problem && html`<div class="card"><${SignIn} onDone=${reload} /></div>`}
    ${shown?.guest && html`<${Guest} me=${shown} onDone=${reload} />`}
    ${shown && !shown.guest && html`<${Known} me=${shown} set=${set} />`}
  </div>`;
}
