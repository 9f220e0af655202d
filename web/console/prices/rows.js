// A list of small things that is edited as a table: a line each, lines added and taken away.
import { html } from "../../base/html.js";
import { Button } from "../../base/ui.js";
import { area } from "../../base/words.js";

const say = await area("console_prices");

/** `columns` are `{name, label, type?, hint?}`; `lines` are objects of text by these names. */
export const Rows = ({ label, columns, lines, blank, onChange }) => {
  const set = (at, name, value) => onChange(lines.map((line, each) => (each === at ? { ...line, [name]: value } : line)));
  return html`<div class="scroll" role="group" tabindex="0" aria-label=${label}><table class="rows">
    <thead><tr>${columns.map((column) => html`<th key=${column.name} scope="col">${column.label}</th>`)}<td></td></tr></thead>
    <tbody>${lines.map((line, at) => html`<tr key=${at}>
      ${columns.map(({ name, label: heading, type = "text" }) => html`<td key=${name}><input aria-label=${`${heading} ${at + 1}`} type=${type}
        inputmode=${type === "text" ? undefined : type} value=${line[name]} onInput=${(event) => set(at, name, event.target.value)} /></td>`)}
      <td><${Button} kind="quiet" aria-label=${say("Take line {line} away", { line: at + 1 })} onClick=${() => onChange(lines.filter((_, each) => each !== at))}>×<//></td>
    </tr>`)}</tbody>
  </table></div>
  <p><${Button} kind="quiet" onClick=${() => onChange([...lines, { ...blank }])}>${say("Add a line")}<//></p>`;
};
