// What a scope says of prices besides its rules, beside what counts there: shown, said, and unsaid again.
import { useState } from "preact/hooks";
import { digitsOf, minorUnits, money } from "../../base/format.js";
import { html } from "../../base/html.js";
import { Button, Dialog, Failure, Field, useWork } from "../../base/ui.js";
import { area } from "../../base/words.js";
import { Rows } from "./rows.js";

const say = await area("console_prices");
const percentText = (points) => `${points / 100} %`;
const number = (text) => Number(String(text).trim().replace(",", "."));
const unitsText = (amount, currency) => (amount / 10 ** digitsOf(currency)).toFixed(digitsOf(currency));

/** The parts: how each is shown, and how it is written in lines of text and read from them. */
const PARTS = {
  basePrice: {
    title: () => say("Base price"),
    shown: (value, currency) => money(value, currency),
    columns: () => [{ name: "price", label: say("Price"), type: "decimal" }],
    lines: (value, currency) => [{ price: value === undefined ? "" : unitsText(value, currency) }],
    read: ([{ price }], currency) => minorUnits(price, currency),
  },
  seatTypes: {
    title: () => say("Seat types"),
    shown: (value) => value.map(({ type, priceFactor }) => `${type} × ${priceFactor}`).join(", ") || say("as in the hall's layout"),
    columns: () => [{ name: "type", label: say("Seat type") }, { name: "priceFactor", label: say("Factor of the base price"), type: "decimal" }],
    lines: (value = []) => value.map(({ type, priceFactor }) => ({ type, priceFactor: String(priceFactor) })),
    read: (lines) => lines.map(({ type, priceFactor }) => ({ type: type.trim(), priceFactor: number(priceFactor) })),
  },
  ticketTypes: {
    title: () => say("Ticket types"),
    shown: (value) => value.map(({ label, percent }) => `${label} ${percent} %`).join(", ") || "–",
    columns: () => [{ name: "type", label: say("Code") }, { name: "label", label: say("Name") }, { name: "percent", label: say("Percent of the price"), type: "numeric" }, { name: "proof", label: say("Proof asked for") }],
    lines: (value = []) => value.map(({ type, label, percent, proof }) => ({ type, label, percent: String(percent), proof: proof === true ? say("yes") : proof || "" })),
    read: (lines) => lines.map(({ type, label, percent, proof }) => {
      const asked = proof.trim();
      return { type: type.trim(), label: label.trim(), percent: number(percent), ...(asked ? { proof: asked === say("yes") ? true : asked } : {}) };
    }),
  },
  fees: {
    title: () => say("Fees"),
    shown: (value, currency) => value.map((fee) => `${fee.name} ${money(fee.perTicket, currency)} (${percentText(fee.taxRate)})`).join(", ") || say("none"),
    columns: () => [{ name: "name", label: say("Name") }, { name: "perTicket", label: say("For each ticket"), type: "decimal" }, { name: "taxRate", label: say("Tax in percent"), type: "decimal" }],
    lines: (value = [], currency) => value.map((fee) => ({ name: fee.name, perTicket: unitsText(fee.perTicket, currency), taxRate: String(fee.taxRate / 100) })),
    read: (lines, currency) => lines.map((fee) => ({ name: fee.name.trim(), perTicket: minorUnits(fee.perTicket, currency), taxRate: Math.round(number(fee.taxRate) * 100) })),
  },
};

const BLANK = { seatTypes: { type: "", priceFactor: "1" }, ticketTypes: { type: "", label: "", percent: "100", proof: "" }, fees: { name: "", perTicket: "", taxRate: "18" } };
const hasNoNumber = (value) => Number.isNaN(value) || (typeof value === "object" && value !== null && Object.values(value).some(hasNoNumber));

const Edit = ({ name, pricing, currency, onSave, onClose }) => {
  const part = PARTS[name];
  const [lines, setLines] = useState(() => part.lines(pricing.said[name] ?? pricing.effective[name], currency));
  const [run, { busy, problem }] = useWork(async (value) => {
    if (hasNoNumber(value)) throw new Error(say("A number cannot be read. Write it like 1.5 or 250."));
    await onSave({ [name]: value });
    onClose();
  });
  return html`<${Dialog} title=${part.title()} onClose=${onClose} wide=${name !== "basePrice"}>
    <form onSubmit=${(event) => { event.preventDefault(); run(part.read(lines, currency)); }}>
      ${name === "basePrice"
    ? html`<${Field} label=${say("Base price in {currency}", { currency })} inputmode="decimal" required value=${lines[0].price} onInput=${(event) => setLines([{ price: event.target.value }])} />`
    : html`<${Rows} label=${part.title()} columns=${part.columns()} lines=${lines} blank=${BLANK[name]} onChange=${setLines} />`}
      <${Failure} problem=${problem} />
      <p class="actions"><${Button} kind="primary" type="submit" busy=${busy}>${say("Save")}<//>
        ${pricing.said[name] !== undefined && html`<${Button} busy=${busy} onClick=${() => run(null)}>${say("Take the wider scope's")}<//>`}</p>
    </form>
  <//>`;
};

/** A table of what is said here and what counts here. `onSave(changes)` sends them. */
export const SaidTable = ({ pricing, currency, onSave }) => {
  const [edited, setEdited] = useState(null);
  const effective = { fees: pricing.defaultFees[currency] ?? [], ...pricing.effective };
  const shown = (part, value, otherwise = "–") => (value === undefined ? html`<span class="soft">${otherwise}</span>` : part.shown(value, currency));
  return html`<div class="scroll" role="group" tabindex="0" aria-label=${say("Prices in force")}><table class="said">
    <thead><tr><td></td><th scope="col">${say("Set here")}</th><th scope="col">${say("In force here")}</th><td></td></tr></thead>
    <tbody>${Object.entries(PARTS).map(([name, part]) => html`<tr key=${name}>
      <th scope="row">${part.title()}</th><td data-label=${say("Set here")}>${shown(part, pricing.said[name])}</td><td data-label=${say("In force here")}>${shown(part, effective[name], say("each show's own"))}</td>
      <td><${Button} kind="quiet" aria-label=${say("Change: {what}", { what: part.title() })} onClick=${() => setEdited(name)}>${say("Change")}<//></td>
    </tr>`)}</tbody>
  </table></div>
  ${edited && html`<${Edit} name=${edited} pricing=${{ ...pricing, effective }} currency=${currency} onSave=${onSave} onClose=${() => setEdited(null)} />`}`;
};
