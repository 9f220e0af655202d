// A price with its lines and why: each ticket, what it was and what changed it, fees and taxes.
import { money } from "../base/format.js";
import { html } from "../base/html.js";
import { area } from "../base/words.js";
import { feeName, seatName, taxName, typeName } from "./names.js";

const say = await area("checkout");
const WHOLE = 100;

const signed = (amount, currency) => (amount > 0 ? `+${money(amount, currency)}` : money(amount, currency).replace("-", "−"));

const Why = ({ line, currency }) => {
  const isPart = line.ticket && line.ticket.percent !== WHOLE;
  if (line.base === line.price && !line.rules.length && !isPart) return null;
  return html`<ul class="why">
    <li>${say("was {price}", { price: money(line.base, currency) })}</li>
    ${line.rules.map((rule, at) => html`<li key=${at}>${rule.name} <span class="number">${signed(rule.amount, currency)}</span></li>`)}
    ${isPart && html`<li>${say("{ticket}: {percent} % of it", { ticket: line.ticket.label, percent: line.ticket.percent })}</li>`}
  </ul>`;
};

const Row = ({ text, amount, currency, children }) =>
  html`<li><div class="row between"><span>${text}</span><span class="number">${money(amount, currency)}</span></div>${children}</li>`;

export const Price = ({ quote }) => {
  const { currency } = quote;
  const named = (line) => [seatName(line), typeName(line.type), line.ticket?.label ?? (line.ticketType === "adult" ? null : line.ticketType)].filter(Boolean).join(" · ");
  return html`<section class="price" aria-label=${say("Price")}>
    <ul class="lines">
      ${quote.lines.map((line) => html`<${Row} key=${line.seatId} text=${named(line)} amount=${line.price} currency=${currency}><${Why} line=${line} currency=${currency} /><//>`)}
      ${quote.feeLines.map((fee, at) => html`<${Row} key=${`fee${at}`} text=${feeName(fee.name)} amount=${fee.amount} currency=${currency} />`)}
      ${quote.taxLines.filter((tax) => tax.amount !== 0).map((tax, at) => html`<${Row} key=${`tax${at}`} text=${taxName(tax.name, quote.feeLines)} amount=${tax.amount} currency=${currency} />`)}
    </ul>
    <p class="row between total"><span>${say("Total")}</span><strong class="number">${money(quote.total, currency)}</strong></p>
  </section>`;
};
