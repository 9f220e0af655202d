// Confirms the address that the link was sent to.
import { api } from "../base/api.js";
import { html } from "../base/html.js";
import { user, update } from "../base/session.js";
import { ButtonLink, Failure, Loading, Notice, Title, useLoaded, useTabTitle } from "../base/ui.js";
import { area } from "../base/words.js";
import { tokenOf } from "../storefront/link_token.js";

const say = await area("account");
const PATH = "/account/verify-email";

const confirm = async (signal) => {
  const token = tokenOf(PATH);
  if (!token) return { isConfirmed: false };
  await api.post("/api/auth/email/verify", { token }, { key: null, signal, repeats: 2 });
  if (user.value) update(await api.get("/api/users/me", { signal }));
  return { isConfirmed: true };
};

const ToAccount = () => html`<p class="actions"><${ButtonLink} kind="primary" href="/account">${say("To your account")}<//><${ButtonLink} href="/bookings">${say("My bookings")}<//></p>`;

export default function VerifyEmail({ arrived }) {
  const { value, problem, reload } = useLoaded(confirm, []);
  useTabTitle(say("Confirm your address"));
  const isRefused = problem?.status === 400 || problem?.status === 422;
  return html`<div class="narrow">
    <${Title} focus=${arrived}>${say("Confirm your address")}<//>
    ${!value && !problem && html`<${Loading} lines=${2} />`}
    ${value?.isConfirmed && html`<${Notice} kind="good"><p>${say("Your e-mail address is confirmed.")}</p><//><${ToAccount} />`}
    ${value && !value.isConfirmed && html`<p role="alert">${say("Open this page by the link in your mail.")}</p><${ToAccount} />`}
    <${Failure} problem=${isRefused ? { message: say("This link is not valid any more. Ask for a new one in your account.") } : problem} again=${isRefused ? null : reload}>${isRefused && html`<${ToAccount} />`}<//>
  </div>`;
}
