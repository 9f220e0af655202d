// The taxes on tickets: slabs by price, currency and the day from which they count. The admin's alone.
import { useState } from "preact/hooks";
import { send } from "../../base/api.js";
import { digitsOf, minorUnits } from "../../base/format.js";
import { html } from "../../base/html.js";
import { Button, Failure, Loading, Notice, useLoaded, useWork } from "../../base/ui.js";
import { area } from "../../base/words.js";
import { Rows } from "./rows.js";

const say = await area("console_prices");
const BLANK = { name: "", rate: "", upTo: "", from: "", currency: "INR" };

const linesOf = (taxes) => taxes.map((tax) => ({
  name: tax.name, rate: String(tax.rate / 100), from: tax.from, currency: tax.currency,
  upTo: tax.upTo === undefined ? "" : (tax.upTo / 10 ** digitsOf(tax.currency)).toFixed(digitsOf(tax.currency)),
}));

const taxesOf = (lines) => lines.map((line) => {
  const currency = line.currency.trim().toUpperCase();
  const tax = { name: line.name.trim(), rate: Math.round(Number(line.rate.replace(",", ".")) * 100), from: line.from, currency };
  return line.upTo.trim() ? { ...tax, upTo: minorUnits(line.upTo, currency) } : tax;
});

const Table = ({ known, reload }) => {
  const [lines, setLines] = useState(() => linesOf(known.body));
  const [etag, setEtag] = useState(known.etag);
  const [saved, setSaved] = useState(false);
  const [run, { busy, problem }] = useWork(async () => {
    setSaved(false);
    const taxes = taxesOf(lines);
    if (taxes.some((tax) => Number.isNaN(tax.rate) || Number.isNaN(tax.upTo))) throw new Error(say("A number cannot be read. Write it like 1.5 or 250."));
    const answer = await send("PUT", "/api/admin/taxes", { body: taxes, etag });
    setEtag(answer.etag);
    setLines(linesOf(answer.body));
    setSaved(true);
  });
  return html`<${Rows} label=${say("Taxes")} lines=${lines} blank=${BLANK} onChange=${setLines} columns=${[
    { name: "name", label: say("Name") }, { name: "rate", label: say("Percent"), type: "decimal" }, { name: "upTo", label: say("Up to a price of"), type: "decimal" },
    { name: "from", label: say("From the day"), type: "date" }, { name: "currency", label: say("Currency") }]} />
    <p class="hint">${say("For a show, the lines with the latest day not after its start count; of these the first that reaches up to the ticket's price. Holds keep their price.")}</p>
    <${Failure} problem=${problem} again=${problem?.code === "stale_version" ? reload : undefined} />
    ${saved && html`<${Notice} kind="good">${say("The taxes are saved.")}<//>`}
    <p class="actions"><${Button} kind="primary" busy=${busy} onClick=${run}>${say("Save the taxes")}<//></p>`;
};

export const Taxes = () => {
  const known = useLoaded((signal) => send("GET", "/api/admin/taxes", { signal }), []);
  if (known.problem) return html`<${Failure} problem=${known.problem} again=${known.reload} />`;
  return known.value ? html`<${Table} key=${known.value.etag} known=${known.value} reload=${known.reload} />` : html`<${Loading} />`;
};
