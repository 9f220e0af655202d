// Who gets the ticket: a name, and an e-mail or a phone; or an account, signed in to in place.
import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../base/api.js";
import { html } from "../base/html.js";
import { isSignedIn, update, user } from "../base/session.js";
import { SignIn, phoneOf } from "../base/signin.js";
import { tab } from "../base/storage.js";
import { Button, Dialog, Field, useWork } from "../base/ui.js";
import { area } from "../base/words.js";
import { isReachable } from "./sale.js";

const say = await area("checkout");

const EMPTY = { name: "", email: "", phone: "", code: "", way: "email" };
const WORDS = {
  name: () => say("Tell us your name, please."),
  email: () => say("This is no e-mail address."),
  phone: () => say("This is no phone number. Begin with + and the country, as in +91."),
};

/** A phone is proven by a code; with a token of the guest it stays the same guest. */
const verify = async (challengeId, code) => {
  const { user: known } = await api.post("/api/auth/otp/verify", { challengeId, code: code.trim(), cookie: true }, { key: null });
  update(known);
};

/** What was typed, and `save()`: whether the ticket has a way to go. Raises `Problem`. */
export const useContact = () => {
  const [typed, setTyped] = useState({ ...EMPTY, ...tab.read("contact"), name: tab.read("contact")?.name ?? user.value?.name ?? "" });
  const [isChanging, setChanging] = useState(false);
  const [challenge, setChallenge] = useState(null);
  const [save, work] = useWork(async () => {
    if (isReachable() && !isChanging) return true;
    if (challenge) await verify(challenge, typed.code);
    else {
      const where = typed.way === "phone" ? { phone: phoneOf(typed.phone) } : { email: typed.email.trim() };
      const { challengeId, ...known } = await api.patch("/api/users/me", { name: typed.name.trim(), ...where });
      update(known);
      if (challengeId) {
        setChallenge(challengeId);
        return false;
      }
    }
    setChanging(false);
    setChallenge(null);
    return true;
  });
  const type = (changes) => {
    const next = { ...typed, ...changes };
    if (changes.way || changes.phone) setChallenge(null);
    setTyped(next);
    tab.write("contact", { ...next, code: "" });
  };
  return { typed, type, save, ...work, challenge, isChanging, setChanging };
};

const errorOf = (problem, path) => (problem?.errors?.some((error) => error.path === path) ? WORDS[path]() : null);
/** A problem of `save` that no field shows. */
export const isShownByField = (problem) => problem?.errors?.length > 0 && problem.errors.every(({ path }) => path in WORDS);

const Form = ({ contact: { typed, type, problem, challenge } }) => {
  const on = (name) => ({ value: typed[name], onInput: (event) => type({ [name]: event.target.value }) });
  const ways = [["email", say("By e-mail")], ["phone", say("By SMS")]];
  return html`<${Field} label=${say("Name")} name="name" autocomplete="name" required maxlength="100" ...${on("name")} error=${errorOf(problem, "name")} />
    <div class="chips" role="group" aria-label=${say("How the ticket comes")}>
      ${ways.map(([way, text]) => html`<button key=${way} type="button" class="chip" aria-pressed=${typed.way === way ? "true" : "false"} onClick=${() => type({ way })}>${text}</button>`)}
    </div>
    ${typed.way === "email"
      ? html`<${Field} label=${say("E-mail")} name="email" type="email" inputmode="email" autocomplete="email" required hint=${say("The ticket goes there.")} ...${on("email")} error=${errorOf(problem, "email")} />`
      : html`<${Field} label=${say("Phone")} name="phone" type="tel" inputmode="tel" autocomplete="tel" required hint=${say("As in +91 98765 43210. We send a code first.")} ...${on("phone")} error=${errorOf(problem, "phone")} />`}
    ${challenge && html`<p role="status">${say("A code is on its way to your phone. Type it in here, then go on.")}</p>
      <${Field} label=${say("Code from the SMS")} name="code" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9]{6}" maxlength="6" required ...${on("code")} />`}`;
};

const Known = ({ contact, focus }) => {
  const line = useRef(null);
  useEffect(() => {
    if (focus) line.current.focus();
  }, [focus]);
  return html`<p class="row between" ref=${line} tabindex="-1">
  <span>${say("The ticket goes to {where}.", { where: user.value.email ?? user.value.phone })}</span>
  ${!isSignedIn.value && html`<${Button} kind="quiet" onClick=${() => contact.setChanging(true)}>${say("Change")}<//>`}
  </p>`;
};

export const Contact = ({ contact }) => {
  const [isSigningIn, setSigningIn] = useState(false);
  const [didSignIn, setSignedIn] = useState(false);
  const onDone = () => {
    setSigningIn(false);
    setSignedIn(true);
  };
  if (isReachable() && !contact.isChanging) return html`<${Known} contact=${contact} focus=${didSignIn} />`;
  return html`<${Form} contact=${contact} />
    ${!isSignedIn.value && html`<p class="row"><span class="soft">${say("You need no account.")}</span>
      <${Button} kind="quiet" onClick=${() => setSigningIn(true)}>${say("Sign in with mine")}<//></p>`}
    ${isSigningIn && html`<${Dialog} title=${say("Your seats stay yours")} onClose=${() => setSigningIn(false)}>
      <${SignIn} email=${contact.typed.email} focus=${true} heading="h3" onDone=${onDone} /><//>`}`;
};
