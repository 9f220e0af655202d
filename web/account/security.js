// The password, and where one is signed in.
import { useState } from "preact/hooks";
import { api } from "../base/api.js";
import { dayAndClock } from "../base/format.js";
import { html } from "../base/html.js";
import { Button, Failure, Field, Loading, Notice, useLoaded, useWork } from "../base/ui.js";
import { area } from "../base/words.js";
import { NewPassword, isRefusedPassword } from "./new_password.js";

const say = await area("account");

export const Password = ({ me }) => {
  const [isSaved, setIsSaved] = useState(false);
  const [save, { busy, problem }] = useWork(async (form) => {
    setIsSaved(false);
    await api.post("/api/users/me/password", Object.fromEntries(new FormData(form)));
    form.reset();
    setIsSaved(true);
  });
  const submit = (event) => {
    event.preventDefault();
    save(event.target);
  };
  if (!me.email) return null;
  const isWrong = problem?.code === "invalid_credentials";
  return html`<section class="card" aria-labelledby="password">
    <h2 id="password">${say("Password")}</h2>
    <form onSubmit=${submit}>
      <input type="email" autocomplete="username" value=${me.email} hidden readonly />
      <${Field} label=${say("Present password")} name="currentPassword" type="password" autocomplete="current-password" required error=${isWrong ? say("This is not your present password.") : null} />
      <${NewPassword} label=${say("New password")} name="newPassword" problem=${problem} />
      ${isSaved && html`<${Notice} kind="good">${say("Your password is changed. All other sessions have ended.")}<//>`}
      <${Failure} problem=${isWrong || isRefusedPassword(problem) ? null : problem} />
      <p><${Button} type="submit" busy=${busy}>${say("Change the password")}<//></p>
    </form>
  </section>`;
};

const BROWSERS = [[/Edg\//, "Edge"], [/OPR\//, "Opera"], [/Firefox\//, "Firefox"], [/Chrome\//, "Chrome"], [/Safari\//, "Safari"]];
const SYSTEMS = [[/Android/, "Android"], [/iPhone|iPad/, "iOS"], [/Windows/, "Windows"], [/Mac OS X/, "macOS"], [/Linux/, "Linux"]];
const matching = (names, text) => names.find(([pattern]) => pattern.test(text))?.[1];

const deviceOf = (userAgent) =>
  [matching(BROWSERS, userAgent ?? ""), matching(SYSTEMS, userAgent ?? "")].filter(Boolean).join(", ") || userAgent || say("An unknown device");

const Session = ({ session, onEnded }) => {
  const [end, { busy, problem }] = useWork(async () => {
    await api.delete(`/api/users/me/sessions/${session.id}`);
    onEnded();
  });
  return html`<li class="session">
    <div>
      <strong>${deviceOf(session.userAgent)}</strong> ${session.current && html`<span class="badge good">${say("this browser")}</span>`}
      <p class="soft small">${say("Last used {time}", { time: dayAndClock(session.lastUsedAt) })}${session.address && html` · ${session.address}`}</p>
    </div>
    ${!session.current && html`<${Button} busy=${busy} onClick=${end} aria-label=${say("End the session on {device}", { device: deviceOf(session.userAgent) })}>${say("End")}<//>`}
    <${Failure} problem=${problem} />
  </li>`;
};

export const Sessions = () => {
  const { value, problem, reload } = useLoaded((signal) => api.get("/api/users/me/sessions", { signal }), []);
  const [endOthers, ending] = useWork(async () => {
    await api.delete("/api/users/me/sessions");
    reload();
  });
  const hasOthers = value?.items.some(({ current }) => !current);
  return html`<section class="card" aria-labelledby="sessions">
    <h2 id="sessions">${say("Where you are signed in")}</h2>
    <${Failure} problem=${problem ?? ending.problem} again=${problem ? reload : null} />
    ${!value && !problem && html`<${Loading} lines=${3} />`}
    ${value && html`<ul>${value.items.map((session) => html`<${Session} key=${session.id} session=${session} onEnded=${reload} />`)}</ul>`}
    ${hasOthers && html`<p class="actions"><${Button} busy=${ending.busy} onClick=${endOthers}>${say("End all others")}<//></p>`}
  </section>`;
};
