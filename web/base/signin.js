// Signing in, in place: by e-mail, by a code sent to a phone, by a new account, or with a password that was forgotten.
import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "./api.js";
import { html } from "./html.js";
import { askForCode, askForCodeAgain, register, signIn, signInByCode } from "./session.js";
import { Button, Failure, Field, useWork } from "./ui.js";
import { area } from "./words.js";

const say = await area("signin");

const RESEND_SECONDS = 30;
const LOCAL_DIGITS = 10;
const WAITING = new Set(["rate_limited", "otp_too_soon", "otp_attempts"]);

/** A phone number as typed, in the international form: ten digits alone are a number in India. */
export const phoneOf = (text) => {
  const compact = text.replace(/[^\d+]/g, "");
  if (compact.startsWith("+")) return compact;
  const local = compact.replace(/^0+/, "");
  return local.length === LOCAL_DIGITS ? `+91${local}` : `+${local}`;
};

/** Seconds that are left of a wait: `[left, wait(seconds)]`. */
const useWait = (first = 0) => {
  const [end, setEnd] = useState(() => Date.now() + first * 1000);
  const [now, setNow] = useState(Date.now);
  const left = Math.max(0, Math.ceil((end - now) / 1000));
  useEffect(() => {
    if (!left) return undefined;
    const timer = setTimeout(() => setNow(Date.now()), 1000);
    return () => clearTimeout(timer);
  }, [left, now]);
  return [left, (seconds) => { setNow(Date.now()); setEnd(Date.now() + seconds * 1000); }];
};

const fieldErrors = {
  name: () => say("Tell us your name, please."),
  email: () => say("This is no e-mail address."),
  password: () => say("Take 8 characters or more, and no password that many people use."),
  phone: () => say("This is no phone number. Begin with + and the country, as in +91."),
  code: () => say("The code has 6 digits."),
};
const wrong = (problem, path) => (problem?.errors?.some((error) => error.path === path) ? fieldErrors[path]() : null);
const isAboutFields = (problem) => problem?.errors?.length > 0 && problem.errors.every((error) => error.path in fieldErrors);

/** A form of fields; its button waits where too many came before. `submit(fields)` gets the fields' values by name. */
const Form = ({ submit, label, children, after }) => {
  const form = useRef(null);
  const [left, wait] = useWait();
  const [run, { busy, problem }] = useWork(async (fields) => {
    try {
      return await submit(fields);
    } catch (refused) {
      if (WAITING.has(refused.code) && refused.retryAfter) wait(refused.retryAfter);
      throw refused;
    }
  });
  useEffect(() => {
    const find = (selector) => form.current.querySelector(selector);
    if (problem) (find("[aria-invalid]") ?? find("[type=password]") ?? find("input")).focus();
  }, [problem]);
  const onSubmit = (event) => {
    event.preventDefault();
    if (!busy && !left) run(Object.fromEntries(new FormData(form.current)));
  };
  return html`<form ref=${form} onSubmit=${onSubmit} aria-busy=${busy || undefined}>
    ${!isAboutFields(problem) && html`<${Failure} problem=${problem}>${after?.(problem)}<//>`}
    ${children((path) => wrong(problem, path))}
    <${Button} type="submit" kind="primary" class="block" busy=${busy} disabled=${left > 0}>
      ${left > 0 ? say("Wait {seconds} s", { seconds: left }) : label}
    <//>
  </form>`;
};

const Email = ({ error, value, autocomplete = "email" }) =>
  html`<${Field} label=${say("E-mail")} name="email" type="email" autocomplete=${autocomplete} inputmode="email" required defaultValue=${value} error=${error("email")} />`;

const ByPassword = ({ email, onDone, show }) => html`<${Form} label=${say("Sign in")} submit=${async (fields) => onDone(await signIn(fields.email, fields.password))}>
  ${(error) => html`
    <${Email} error=${error} value=${email} autocomplete="username" />
    <${Field} label=${say("Password")} name="password" type="password" autocomplete="current-password" required error=${error("password")} />`}
<//>
<p class="actions"><${Button} kind="quiet" onClick=${() => show("forgotten")}>${say("Forgotten your password?")}<//></p>`;

const NewAccount = ({ email, onDone, show }) => html`<${Form} label=${say("Open an account")}
  submit=${async ({ name, email: address, password }) => onDone(await register({ name, email: address, password }))}
  after=${(problem) => problem?.code === "email_taken" && html`<p><${Button} onClick=${() => show("password")}>${say("Sign in instead")}<//></p>`}>
  ${(error) => html`
    <${Field} label=${say("Name")} name="name" autocomplete="name" required maxlength="100" error=${error("name")} />
    <${Email} error=${error} value=${email} />
    <${Field} label=${say("Password")} name="password" type="password" autocomplete="new-password" required minlength="8" maxlength="128"
      hint=${say("8 characters or more")} error=${error("password")} />`}
<//>`;

const ByPhone = ({ onSent }) => html`<${Form} label=${say("Send me a code")} submit=${async ({ phone, name }) => {
  const number = phoneOf(phone);
  onSent({ ...(await askForCode(number, name.trim())), phone: number });
}}>
  ${(error) => html`
    <${Field} label=${say("Phone")} name="phone" type="tel" autocomplete="tel" inputmode="tel" required hint=${say("As in +91 98765 43210")} error=${error("phone")} />
    <${Field} label=${say("Name, if you are new here")} name="name" autocomplete="name" maxlength="100" error=${error("name")} />`}
<//>`;

const Code = ({ challenge, onDone, show }) => {
  const [left, wait] = useWait(RESEND_SECONDS);
  const [again, { busy, problem }] = useWork(async () => {
    try {
      await askForCodeAgain(challenge.challengeId);
      wait(RESEND_SECONDS);
    } catch (refused) {
      if (refused.retryAfter) wait(refused.retryAfter);
      throw refused;
    }
  });
  return html`<p role="status">${say("If {phone} is known here or you gave your name, a code of 6 digits is on its way. It works for 5 minutes.", { phone: challenge.phone })}</p>
    <${Form} label=${say("Sign in")} submit=${async ({ code }) => onDone(await signInByCode(challenge.challengeId, code.trim()))}>
      ${(error) => html`<${Field} label=${say("Code from the SMS")} name="code" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9]{6}" maxlength="6" required error=${error("code")} />`}
    <//>
    <${Failure} problem=${problem} />
    <p class="actions">
      <${Button} kind="quiet" busy=${busy} disabled=${left > 0} onClick=${again}>${left > 0 ? say("Another code in {seconds} s", { seconds: left }) : say("Send another code")}<//>
      <${Button} kind="quiet" onClick=${() => show("phone")}>${say("Another phone")}<//>
    </p>`;
};

const Forgotten = ({ email, show }) => {
  const [sentTo, setSentTo] = useState(null);
  const back = html`<p class="actions"><${Button} kind="quiet" onClick=${() => show("password")}>${say("Back to signing in")}<//></p>`;
  if (sentTo)
    return html`<p role="status">${say("If there is an account with {email}, a mail with a link is on its way. The link works for 30 minutes; open it in any tab, then sign in here.", { email: sentTo })}</p>${back}`;
  return html`<${Form} label=${say("Send me a link")} submit=${async (fields) => {
    await api.post("/api/auth/password/forgot", { email: fields.email }, { key: null, anonymous: true });
    setSentTo(fields.email);
  }}>
    ${(error) => html`<${Email} error=${error} value=${email} />`}
  <//>${back}`;
};

const TITLES = {
  password: () => say("Sign in"),
  phone: () => say("Sign in by phone"),
  code: () => say("Your code"),
  register: () => say("Open an account"),
  forgotten: () => say("A new password"),
};
const WAYS = [["password", () => say("By e-mail")], ["phone", () => say("By phone")], ["register", () => say("New here")]];

/**
 * The form to sign in by, in place of nothing else: it never leaves the page. `onDone(user)` is called when somebody is
 * signed in; what a guest holds comes along. `email` fills the field; `way` is password, phone or register; `focus`
 * puts the cursor into the first field at once; `heading` is the tag of its heading.
 */
export const SignIn = ({ onDone, email = "", way = "password", focus = false, heading = "h2" }) => {
  const [shown, setShown] = useState(way);
  const [challenge, setChallenge] = useState(null);
  const [typed, setTyped] = useState(email);
  const box = useRef(null);
  const first = useRef(true);
  const show = (next) => {
    setTyped(box.current.querySelector("input[name=email]")?.value ?? typed);
    setShown(next);
  };
  useEffect(() => {
    if (!first.current || focus) box.current.querySelector("input")?.focus();
    first.current = false;
  }, [shown]);
  const onSent = (sent) => {
    setChallenge(sent);
    show("code");
  };
  const parts = { password: ByPassword, phone: ByPhone, register: NewAccount, code: Code, forgotten: Forgotten };
  return html`<section class="signin" ref=${box}>
    <${heading}>${TITLES[shown]()}<//>
    <div class="chips" role="group" aria-label=${say("How to sign in")}>
      ${WAYS.map(([name, text]) => html`<button key=${name} type="button" class="chip" aria-pressed=${shown === name ? "true" : "false"} onClick=${() => show(name)}>${text()}</button>`)}
    </div>
    <${parts[shown]} key=${shown} email=${typed} challenge=${challenge} onDone=${onDone} onSent=${onSent} show=${show} />
  </section>`;
};
