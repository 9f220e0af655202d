// Today at a glance: sold, checked in, takings, the shows as they fill, what needs a person.
import { useState } from "preact/hooks";
import { clock, dateText, money, number, percent } from "../../base/format.js";
import { html } from "../../base/html.js";
import { user } from "../../base/session.js";
import { lasting } from "../../base/storage.js";
import { ButtonLink, Empty, Failure, Loading, Title } from "../../base/ui.js";
import { area } from "../../base/words.js";
import { languageText } from "../../storefront/names.js";
import { useLive } from "../live.js";
import { pathOf } from "../sections.js";
import { businessDay, isOver, taken } from "../shows.js";
import { styles } from "../styles.js";
import { theaters } from "../theaters.js";
import { figuresOf } from "./figures.js";

const say = await area("console_today");
const SCOPE = "console.scope"; // "all" or "one"
await styles(new URL("./today.css", import.meta.url));

const Figure = ({ name, children, hint }) => html`<div class="figure"><dt>${name}</dt><dd>${children}</dd>${hint && html`<dd class="hint">${hint}</dd>`}</div>`;

const Figures = ({ figures, where }) => {
  const { sold, inside, takings, shows } = figures;
  return html`<dl class="figures">
    ${sold !== null && html`<${Figure} name=${say("Sold")} hint=${say("tickets, today")}>${number(sold)}<//>`}
    <${Figure} name=${say("Checked in")} hint=${say("guests, today's shows")}>${number(inside)}<//>
    ${takings && html`<${Figure} name=${say("Takings")} hint=${say("after refunds, today")}>
      ${takings.length === 0 && number(0)}${takings.map(({ amount, currency }) => html`<span key=${currency} class="takings">${money(amount, currency)}</span>`)}<//>`}
    <${Figure} name=${say("Shows")} hint=${where}>${number(shows.length)}<//>
  </dl>`;
};

const Fill = ({ show }) => {
  const share = taken(show);
  return html`<div class="fill">
    <meter min="0" max="1" value=${share} aria-label=${say("How full: {film}", { film: show.movie.title })}></meter>
    <span class="small">${say("{taken} of {total}", { taken: number(show.seatsTotal - show.seatsAvailable), total: number(show.seatsTotal) })} · ${percent(share)}</span>
  </div>`;
};

const Show = ({ show, manages, isAll }) => html`<li class="show">
  <time datetime=${show.startAt}>${clock(show.startAt, show.theater.timezone)}</time>
  <div class="what"><b>${show.movie.title}</b><span class="soft small">${isAll && `${show.theater.name} · `}${show.screen.name} · ${languageText(show.language)} · ${show.format}</span></div>
  <${Fill} show=${show} />
  <div class="ways">
    ${isOver(show) ? html`<span class="badge">${say("Over")}</span>` : html`
      <a href=${pathOf("counter", show.id)} aria-label=${say("Sell for {film}", { film: show.movie.title })}>${say("Sell")}</a>
      <a href=${pathOf("checkin", show.id)} aria-label=${say("Check in for {film}", { film: show.movie.title })}>${say("Check in")}</a>`}
    ${manages && html`<a href=${pathOf("seats", show.id)} aria-label=${say("Seats of {film}", { film: show.movie.title })}>${say("Seats")}</a>`}
  </div>
</li>`;

const Named = ({ shows }) => shows.map((show, at) => html`${at > 0 && ", "}<a key=${show.id} href=${pathOf("seats", show.id)}>${show.movie.title} ${clock(show.startAt, show.theater.timezone)}</a>`);

const Person = ({ figures }) => {
  const { cases, nearlyFull, unsold } = figures;
  const isCalm = !cases.length && !nearlyFull.length && !unsold.length;
  return html`<section aria-labelledby="needs" class="card">
    <h2 id="needs">${say("What needs a person")}</h2>
    ${isCalm && html`<p class="soft">${say("Nothing. All is well.")}</p>`}
    <ul class="needs">
      ${cases.length > 0 && html`<li><span class="badge bad">${say("Cases")}</span> <a href=${pathOf("cases")}>${say.count(cases.length, "{count} open case", "{count} open cases")}</a></li>`}
      ${nearlyFull.length > 0 && html`<li><span class="badge warn">${say("Nearly full")}</span> <${Named} shows=${nearlyFull} /></li>`}
      ${unsold.length > 0 && html`<li><span class="badge">${say("Nothing sold yet")}</span> <${Named} shows=${unsold} /></li>`}
    </ul>
  </section>`;
};

// Who works at several theaters sees all of them, or the one that is chosen.
const Scope = ({ theater, isAll, onAll }) => html`<div class="chips" role="group" aria-label=${say("Theaters")}>
  <button type="button" class="chip" aria-pressed=${isAll} onClick=${() => onAll(true)}>${say("All theaters")}</button>
  <button type="button" class="chip" aria-pressed=${!isAll} onClick=${() => onAll(false)}>${theater.name}</button>
</div>`;

const useScope = () => {
  const isOne = theaters.value.length < 2;
  const [isAll, setIsAll] = useState(!isOne && lasting.read(SCOPE) !== "one");
  const onAll = (all) => {
    lasting.write(SCOPE, all ? "all" : "one");
    setIsAll(all);
  };
  return [isAll, onAll, isOne];
};

/** `/console`: the business day of a theater, or of all. */
export default function Today({ theater, arrived }) {
  const manages = user.value.roles.some((role) => role === "manager" || role === "admin");
  const [isAll, onAll, isOne] = useScope();
  const day = businessDay(Date.now(), theater.timezone);
  const ids = new Set(theaters.value.map(({ id }) => id));
  const { value: figures, problem, reload } = useLive((signal) => figuresOf(isAll ? null : theater, ids, day, manages, signal), [isAll, theater.id, day], isAll ? 20 : 10);
  return html`<div class="stack">
    <${Title} focus=${arrived}>${say("Today")} <span class="soft day">${dateText(day, { weekday: "long", day: "numeric", month: "long" })}</span><//>
    ${!isOne && html`<${Scope} theater=${theater} isAll=${isAll} onAll=${onAll} />`}
    <${Failure} problem=${problem} again=${reload} />
    ${!figures && !problem && html`<${Loading} lines=${5} />`}
    ${figures && html`
      <${Figures} figures=${figures} where=${isAll ? say("All theaters") : theater.name} />
      ${manages && html`<${Person} figures=${figures} />`}
      <section aria-labelledby="shows">
        <h2 id="shows">${say("Shows")}</h2>
        ${figures.shows.length ? html`<ul class="shows">${figures.shows.map((show) => html`<${Show} key=${show.id} show=${show} manages=${manages} isAll=${isAll} />`)}</ul>`
          : html`<${Empty}><p>${say("Nothing plays today.")}</p>${manages && html`<${ButtonLink} href=${pathOf("schedule")}>${say("To the schedule")}<//>`}<//>`}
      </section>`}
  </div>`;
}
