// Sets a new password by the link of a mail; a password that is refused does not spend the link.
import { useState } from "preact/hooks";
import { api } from "../base/api.js";
import { html } from "../base/html.js";
import { forget } from "../base/session.js";
import { Button, ButtonLink, Failure, Notice, Title, useTabTitle, useWork } from "../base/ui.js";
import { area } from "../base/words.js";
import { forgetToken, tokenOf } from "../storefront/link_token.js";
import { NewPassword, isRefusedPassword } from "./new_password.js";

const say = await area("account");
const PATH = "/account/reset-password";

const Form = ({ token, onDone }) => {
  const [password, setPassword] = useState("");
  const [save, { busy, problem }] = useWork(async () => {
    await api.post("/api/auth/password/reset", { token, password }, { key: null, anonymous: true });
    forgetToken(PATH);
    forget();
    onDone();
  });
  const submit = (event) => {
    event.preventDefault();
    save();
  };
  const isSpent = problem?.code === "invalid_token";
  return html`<form onSubmit=${submit}>
    <${NewPassword} label=${say("New password")} problem=${problem} path="password" value=${password} onInput=${(event) => setPassword(event.target.value)} />
    <${Failure} problem=${isRefusedPassword(problem) ? null : isSpent ? { message: say("This link is not valid any more. Ask for a new one where you sign in.") } : problem}>${isSpent && html`<p class="actions"><${ButtonLink} href="/account">${say("Sign in")}<//></p>`}<//>
    <p class="actions"><${Button} kind="primary" type="submit" busy=${busy}>${say("Save")}<//></p>
  </form>`;
};

const Done = () => html`<${Notice} kind="good"><p>${say("Your password is changed, and every session has ended. Sign in with the new one.")}</p><//>
  <p class="actions"><${ButtonLink} kind="primary" href="/account">${say("Sign in")}<//></p>`;

export default function ResetPassword({ arrived }) {
  const [isDone, setIsDone] = useState(false);
  const [token] = useState(() => tokenOf(PATH));
  useTabTitle(say("Choose a new password"));
  return html`<div class="narrow">
    <${Title} focus=${arrived}>${say("Choose a new password")}<//>
    ${isDone ? html`<${Done} />` : token ? html`<${Form} token=${token} onDone=${() => setIsDone(true)} />` : html`
      <p role="alert">${say("Open this page by the link in your mail.")}</p>
      <p class="actions"><${ButtonLink} href="/account">${say("Sign in")}<//></p>`}
  </div>`;
}
