// Name, e-mail address and phone; a new address or phone counts once it is confirmed.
import { useState } from "preact/hooks";
import { api } from "../base/api.js";
import { html } from "../base/html.js";
import { phoneOf } from "../base/signin.js";
import { Button, Failure, Field, Notice, useWork } from "../base/ui.js";
import { area } from "../base/words.js";

const say = await area("account");

const isWrong = (problem, path) => problem?.errors?.some((error) => error.path === path) ?? false;

/** A form whose button sends its fields by name to `work`. */
export const Form = ({ work, label, kind = "plain", children, errors = {} }) => {
  const [run, { busy, problem }] = useWork(work);
  const submit = (event) => {
    event.preventDefault();
    run(Object.fromEntries(new FormData(event.target)));
  };
  const known = Object.keys(errors).find((path) => isWrong(problem, path));
  return html`<form onSubmit=${submit}>
    ${children}
    <${Failure} problem=${known ? { message: errors[known] } : problem} />
    <p><${Button} type="submit" kind=${kind} busy=${busy}>${label}<//></p>
  </form>`;
};

const Name = ({ me, changed }) => {
  const [isSaved, setIsSaved] = useState(false);
  const save = async ({ name }) => {
    setIsSaved(false);
    changed(await api.patch("/api/users/me", { name }));
    setIsSaved(true);
  };
  return html`<${Form} work=${save} label=${say("Save the name")} errors=${{ name: say("Tell us your name, please.") }}>
    <${Field} label=${say("Name")} name="name" defaultValue=${me.name} autocomplete="name" required maxlength="100" />
  <//>${isSaved && html`<${Notice} kind="good">${say("Saved.")}<//>`}`;
};

const Confirmed = ({ is }) => html`<span class=${`badge ${is ? "good" : "warn"}`}>${is ? say("confirmed") : say("not confirmed yet")}</span>`;

const Unconfirmed = () => {
  const [isSent, setIsSent] = useState(false);
  const [resend, { busy, problem }] = useWork(async () => {
    await api.post("/api/auth/email/resend", {}, { key: null });
    setIsSent(true);
  });
  if (isSent) return html`<${Notice} kind="good">${say("A mail is on its way. Open its link to confirm the address.")}<//>`;
  return html`<p><${Button} busy=${busy} onClick=${resend}>${say("Send the confirming mail again")}<//></p><${Failure} problem=${problem} />`;
};

const Email = ({ me, changed }) => {
  const [wanted, setWanted] = useState(null);
  const save = async ({ email }) => {
    changed(await api.patch("/api/users/me", { email }));
    setWanted(email);
  };
  return html`<h3>${say("E-mail")}</h3>
    ${me.email && html`<p>${me.email} <${Confirmed} is=${me.emailVerified} /></p>`}
    ${me.email && !me.emailVerified && html`<${Unconfirmed} />`}
    ${wanted && html`<${Notice} kind="good">${say("A mail went to {email}. The address changes when its link is opened; until then the old one stays.", { email: wanted })}<//>`}
    <${Form} work=${save} label=${say("Change the address")} errors=${{ email: say("This is no e-mail address.") }}>
      <${Field} label=${say("New e-mail address")} name="email" type="email" autocomplete="email" required maxlength="254" />
    <//>`;
};

// The code is spent in a session of its own, which ends at once: this browser's goes on.
const spent = async (challengeId, code) => {
  const { refreshToken } = await api.post("/api/auth/otp/verify", { challengeId, code }, { key: null });
  await api.post("/api/auth/logout", { refreshToken }, { key: null, anonymous: true });
};

const Code = ({ challenge, onDone, onClose }) => {
  const [again, { busy, problem }] = useWork(() => api.post("/api/auth/otp/resend", { challengeId: challenge.id }, { key: null }));
  const verify = async ({ code }) => {
    await spent(challenge.id, code);
    onDone(await api.get("/api/users/me"));
  };
  return html`<${Notice}>${say("A code went to {phone}, if it can be reached. The number changes when you enter it.", { phone: challenge.phone })}<//>
    <${Form} work=${verify} label=${say("Confirm the number")} kind="primary" errors=${{ code: say("The code has 6 digits.") }}>
      <${Field} label=${say("Code")} name="code" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9]{6}" maxlength="6" required />
    <//>
    <p class="row"><${Button} kind="quiet" busy=${busy} onClick=${again}>${say("Send another code")}<//><${Button} kind="quiet" onClick=${onClose}>${say("Leave the number as it is")}<//></p>
    <${Failure} problem=${problem} />`;
};

const Phone = ({ me, changed }) => {
  const [challenge, setChallenge] = useState(null);
  const save = async ({ phone }) => {
    const number = phoneOf(phone);
    const { challengeId, ...answer } = await api.patch("/api/users/me", { phone: number });
    changed(answer);
    if (challengeId) setChallenge({ id: challengeId, phone: number });
  };
  const [remove, { busy, problem }] = useWork(async () => changed(await api.patch("/api/users/me", { phone: null })));
  const done = (answer) => {
    setChallenge(null);
    changed(answer);
  };
  return html`<h3>${say("Phone")}</h3>
    ${me.phone && html`<p>${me.phone} <${Confirmed} is=${me.phoneVerified} /></p>`}
    ${challenge ? html`<${Code} challenge=${challenge} onDone=${done} onClose=${() => setChallenge(null)} />` : html`
      <${Form} work=${save} label=${me.phone ? say("Change the number") : say("Add the number")} errors=${{ phone: say("This is no phone number. Begin with + and the country, as in +91.") }}>
        <${Field} label=${say("New phone number")} name="phone" type="tel" autocomplete="tel" required hint=${say("A code confirms it. Then you can sign in by it, and get tickets by SMS.")} />
      <//>
      ${me.phone && me.email && html`<p><${Button} kind="quiet" busy=${busy} onClick=${remove}>${say("Remove the number")}<//></p><${Failure} problem=${problem} />`}`}`;
};

/** `changed(user)` shows the user as the API answered. */
export const Profile = ({ me, changed }) => html`<section class="card" aria-labelledby="profile">
  <h2 id="profile">${say("Profile")}</h2>
  <${Name} me=${me} changed=${changed} />
  <${Email} me=${me} changed=${changed} />
  <${Phone} me=${me} changed=${changed} />
</section>`;
