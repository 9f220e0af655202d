// Each process, whether it is up, and who can sign in.
import { html } from "../base/html.js";
import { Loading } from "../base/ui.js";
import { Pane, stack, useLook } from "./looks.js";

const KINDS = { up: "good", degraded: "warn", down: "bad" };

const Account = ({ name, account }) => account && html`<dt>${name}</dt><dd class="mono secret">${account.email} · ${account.password}</dd>`;

export const Services = () => {
  const [known, problem] = useLook(stack);
  return html`<${Pane} title="Services" problem=${problem}>
    ${!known ? html`<${Loading} />` : html`
      <div class="scroll" role="group" tabindex="0" aria-label="Processes"><table>
        <thead><tr><th scope="col">Service</th><th scope="col">State</th><th scope="col">Process</th><th scope="col">Address</th></tr></thead>
        <tbody>${known.services.map((process) => html`<tr key=${process.url}>
          <th scope="row">${process.service}${process.role === "all" ? "" : ` · ${process.role}`}</th>
          <td><span class=${`badge ${KINDS[process.status]}`}>${process.status}</span> <span class="soft small">${process.detail}</span></td>
          <td class="mono">${process.pid}</td>
          <td class="mono">${process.url}</td>
        </tr>`)}</tbody>
      </table></div>
      <h3>Who can sign in</h3>
      <dl class="pairs">
        <${Account} name="Admin" account=${known.admin} />
        <${Account} name="Guest" account=${known.user} />
      </dl>`}
  <//>`;
};
