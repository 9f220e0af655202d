// Prices of a theater, a screen or a show: what is said there, what counts there, and what rules would make of it.
import { useEffect, useState } from "preact/hooks";
import { all, api, send, withQuery } from "../../base/api.js";
import { dayAndClock } from "../../base/format.js";
import { html } from "../../base/html.js";
import { place, setQuery } from "../../base/router.js";
import { user } from "../../base/session.js";
import { Button, Failure, Field, Loading, Notice, Title, useLoaded, useTabTitle, useWork } from "../../base/ui.js";
import { area } from "../../base/words.js";
import { WithTheater } from "../planning/theater.js";
import { businessDateOf } from "../schedule/timeline.js";
import { styles } from "../styles.js";
import { Backtest } from "./backtest.js";
import { Preview } from "./preview.js";
import { RuleList } from "./rules.js";
import { SaidTable } from "./said.js";
import { Taxes } from "./taxes.js";

const say = await area("console_prices");
await styles(new URL("./prices.css", import.meta.url));

const scopeOf = (theater, query) => {
  if (query.get("showtimeId")) return { showtimeId: query.get("showtimeId") };
  return theater.screens.some((screen) => screen.id === query.get("screenId")) ? { screenId: query.get("screenId") } : { theaterId: theater.id };
};

const ScopeChoice = ({ theater, scope, shows }) => {
  const chosen = Object.values(scope)[0];
  const choose = (id) => setQuery({ screenId: id.startsWith("scr_") ? id : null, showtimeId: id.startsWith("sho_") ? id : null });
  return html`<${Field} label=${say("Prices of")} as="select" value=${chosen} onChange=${(event) => choose(event.target.value)}>
    <option value=${theater.id}>${theater.name}</option>
    <optgroup label=${say("Screens")}>${theater.screens.map((screen) => html`<option key=${screen.id} value=${screen.id}>${screen.name}</option>`)}</optgroup>
    <optgroup label=${say("Shows")}>${shows.map((show) => html`<option key=${show.id} value=${show.id}>${dayAndClock(show.startAt, theater.timezone)} · ${show.movie.title} · ${show.screen.name}</option>`)}</optgroup>
  <//>`;
};

const Rules = ({ pricing, scope, shows, theater, currency, onSave, reload }) => {
  const known = pricing.effective.dynamicPricingRules ?? [];
  const [rules, setRules] = useState(known);
  const isOwn = pricing.said.dynamicPricingRules !== undefined;
  const isChanged = JSON.stringify(rules) !== JSON.stringify(known);
  const [run, { busy, problem }] = useWork((value) => onSave({ dynamicPricingRules: value }));
  return html`<section class="card"><h2>${say("Rules")}</h2>
      <p class="soft">${isOwn ? say("These rules are set here.") : say("Nothing is set here: these come from the wider scope. A change sets all of them here.")} ${say("They apply in this order.")}</p>
      <${RuleList} rules=${rules} currency=${currency} onChange=${setRules} />
      <${Failure} problem=${problem} again=${problem?.code === "stale_version" ? reload : undefined} />
      <p class="actions"><${Button} kind="primary" busy=${busy} disabled=${!isChanged} onClick=${() => run(rules)}>${say("Save the rules")}<//>
        ${isChanged && html`<${Button} onClick=${() => setRules(known)}>${say("Undo the changes")}<//>`}
        ${isOwn && html`<${Button} busy=${busy} onClick=${() => run(null)}>${say("Take the wider scope's")}<//>`}</p>
      ${isChanged && html`<${Notice}>${say("Not saved yet. The preview below and the test on past sales already use this list.")}<//>`}
    </section>
    <section class="card"><h2>${say("Preview")}</h2><${Preview} shows=${shows} rules=${isChanged ? rules : null} zone=${theater.timezone} /></section>
    <section class="card"><h2>${say("Test on past sales")}</h2><${Backtest} scope=${scope} rules=${rules} today=${businessDateOf(Date.now(), theater.timezone)} currency=${currency} /></section>`;
};

const Scope = ({ theater, scope, shows, currency }) => {
  const [saved, setSaved] = useState(0);
  const loaded = useLoaded((signal) => send("GET", withQuery("/api/admin/pricing", scope), { signal }), [JSON.stringify(scope)]);
  useEffect(() => setSaved(0), [JSON.stringify(scope)]);
  const onSave = async (changes) => {
    const answer = await send("PATCH", "/api/admin/pricing", { body: { scope, ...changes }, etag: loaded.value.etag });
    loaded.set(answer);
    setSaved((before) => before + 1);
  };
  if (loaded.problem) return html`<${Failure} problem=${loaded.problem} again=${loaded.reload} />`;
  if (!loaded.value) return html`<${Loading} />`;
  const pricing = loaded.value.body;
  const key = `${JSON.stringify(scope)} ${loaded.value.etag}`;
  return html`${saved > 0 && html`<${Notice} kind="good">${say("Saved. Upcoming shows follow at once; holds keep the price they were quoted.")}<//>`}
    <section class="card"><h2>${say("Prices in force")}</h2><${SaidTable} pricing=${pricing} currency=${currency} onSave=${onSave} /></section>
    <${Rules} key=${key} pricing=${pricing} scope=${scope} shows=${shows} theater=${theater} currency=${currency} onSave=${onSave} reload=${loaded.reload} />`;
};

const Prices = ({ theater }) => {
  const scope = scopeOf(theater, place.value.query);
  const upcoming = useLoaded(async (signal) => {
    const shows = await all("/api/showtimes", { theaterId: theater.id }, { signal });
    const id = place.value.query.get("showtimeId");
    return !id || shows.some((show) => show.id === id) ? shows : [await api.get(`/api/showtimes/${id}`, { signal }), ...shows];
  }, [theater.id, scope.showtimeId]);
  if (upcoming.problem) return html`<${Failure} problem=${upcoming.problem} again=${upcoming.reload} />`;
  if (!upcoming.value) return html`<${Loading} />`;
  const open = upcoming.value.filter((show) => Date.parse(show.startAt) > Date.now());
  const within = open.filter((show) => (scope.showtimeId ? show.id === scope.showtimeId : scope.screenId ? show.screenId === scope.screenId : true));
  const currency = upcoming.value.find((show) => show.id === scope.showtimeId)?.currency ?? upcoming.value[0]?.currency ?? "INR";
  return html`<${ScopeChoice} theater=${theater} scope=${scope} shows=${upcoming.value} />
    <p class="soft">${say("The narrowest setting wins, field by field: a show's over its screen's, a screen's over its theater's.")}</p>
    <${Scope} theater=${theater} scope=${scope} shows=${within} currency=${currency} />
    ${user.value?.roles?.includes("admin") && html`<section class="card"><h2>${say("Taxes")}</h2><${Taxes} /></section>`}`;
};

export default function PricesPage({ theater, arrived }) {
  useTabTitle(say("Prices"));
  return html`<${Title} focus=${arrived}>${say("Prices")}<//><${WithTheater} theater=${theater}>${(value) => html`<${Prices} key=${value.id} theater=${value} />`}<//>`;
}
