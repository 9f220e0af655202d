// The mail that was caught, rendered when it is opened, and SMS.
import { html } from "../base/html.js";
import { Loading } from "../base/ui.js";
import { Pane, simulator, useLook } from "./looks.js";

const MOST = 40;
const newest = (items) => [...items].reverse().slice(0, MOST);

const Mail = () => {
  const [mails, problem] = useLook(() => simulator("mail").get(`messages?newest=${MOST}`));
  return html`<${Pane} title="Mail" problem=${problem} note="Caught here; nobody gets it. A subject opens the mail as its reader sees it.">
    ${!mails ? html`<${Loading} />` : !mails.length ? html`<p class="empty">No mail yet.</p>` : html`<div class="scroll" role="group" tabindex="0" aria-label="Caught mail"><table>
      <thead><tr><th scope="col">To</th><th scope="col">Subject</th><th scope="col">With it</th></tr></thead>
      <tbody>${newest(mails).map((mail) => html`<tr key=${mail.id}>
        <td>${mail.to}</td>
        <td><a href=${`/dev/mail/${mail.id}`} target="_blank" rel="noopener">${mail.subject}</a></td>
        <td class="small soft">${mail.attachments.filter(({ filename }) => /\.(pdf|ics)$/.test(filename ?? "")).map(({ filename }) => filename).join(", ")}</td>
      </tr>`)}</tbody>
    </table></div>`}
  <//>`;
};

const Sms = () => {
  const [texts, problem] = useLook(() => simulator("twilio").get("_sim/messages"));
  return html`<${Pane} title="SMS" problem=${problem}>
    ${!texts ? html`<${Loading} />` : !texts.length ? html`<p class="empty">No SMS yet.</p>` : html`<div class="scroll" role="group" tabindex="0" aria-label="Caught SMS"><table>
      <thead><tr><th scope="col">To</th><th scope="col">Text</th><th scope="col">State</th></tr></thead>
      <tbody>${newest(texts).map((text) => html`<tr key=${text.sid}><td class="mono">${text.to}</td><td>${text.body}</td><td><span class="badge">${text.status}</span></td></tr>`)}</tbody>
    </table></div>`}
  <//>`;
};

export const Messages = () => html`<${Mail} /><${Sms} />`;
