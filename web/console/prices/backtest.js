// What past sales would have brought by the rules in the list, at the same quantities.
import { useState } from "preact/hooks";
import { api } from "../../base/api.js";
import { dateAfter, dateText, money, number } from "../../base/format.js";
import { html } from "../../base/html.js";
import { Button, Failure, Field, useWork } from "../../base/ui.js";
import { area } from "../../base/words.js";

const say = await area("console_prices");

const Outcome = ({ outcome, currency }) => html`
  <dl class="figures">
    <div><dt>${say("Tickets")}</dt><dd>${number(outcome.tickets)}</dd></div>
    <div><dt>${say("Was sold for")}</dt><dd>${money(outcome.revenue, currency)}</dd></div>
    <div><dt>${say("By these rules")}</dt><dd>${money(outcome.proposed, currency)}</dd></div>
    <div><dt>${say("Difference")}</dt><dd class=${outcome.difference < 0 ? "less" : outcome.difference > 0 ? "more" : ""}>${outcome.difference > 0 ? "+" : ""}${money(outcome.difference, currency)}</dd></div>
  </dl>
  ${outcome.byRule.length > 0 && html`<table><caption>${say("By rule")}</caption>
    <thead><tr><th scope="col">${say("Rule")}</th><th scope="col" class="number">${say("Tickets")}</th><th scope="col" class="number">${say("Difference")}</th></tr></thead>
    <tbody>${outcome.byRule.map((rule) => html`<tr key=${rule.name}><td>${rule.name}</td><td class="number">${number(rule.tickets)}</td><td class="number">${money(rule.amount, currency)}</td></tr>`)}</tbody></table>`}
  ${outcome.byDay.length > 0 && html`<div class="scroll" role="group" tabindex="0" aria-label=${say("By day of sale")}><table><caption>${say("By day of sale")}</caption>
    <thead><tr><th scope="col">${say("Day")}</th><th scope="col" class="number">${say("Tickets")}</th><th scope="col" class="number">${say("Was sold for")}</th><th scope="col" class="number">${say("By these rules")}</th><th scope="col" class="number">${say("Difference")}</th></tr></thead>
    <tbody>${outcome.byDay.map((day) => html`<tr key=${day.date}><th scope="row">${dateText(day.date)}</th><td class="number">${number(day.tickets)}</td><td class="number">${money(day.revenue, currency)}</td><td class="number">${money(day.proposed, currency)}</td><td class="number">${money(day.proposed - day.revenue, currency)}</td></tr>`)}</tbody></table></div>`}`;

export const Backtest = ({ scope, rules, today, currency }) => {
  const [from, setFrom] = useState(dateAfter(today, -27));
  const [to, setTo] = useState(today);
  const [outcome, setOutcome] = useState(null);
  const [run, { busy, problem }] = useWork(async () => {
    setOutcome(await api.post("/api/admin/pricing/backtest", { scope, dynamicPricingRules: rules, from, to }, { key: null, repeats: 2 }));
  });
  return html`<form class="columns" onSubmit=${(event) => { event.preventDefault(); run(); }}>
      <${Field} label=${say("Sold from")} type="date" required value=${from} onInput=${(event) => setFrom(event.target.value)} problem=${problem} path="from" />
      <${Field} label=${say("Sold until")} type="date" required value=${to} onInput=${(event) => setTo(event.target.value)} problem=${problem} path="to" />
      <p class="form-end"><${Button} type="submit" busy=${busy}>${say("Test on past sales")}<//></p>
    </form>
    <${Failure} problem=${problem} />
    <div role="status">${outcome && (outcome.tickets ? html`<${Outcome} outcome=${outcome} currency=${outcome.currency ?? currency} />` : html`<p class="soft">${say("Nothing was sold in that time.")}</p>`)}</div>`;
};
