// Shows to choose from: when, how, what a seat costs, and how full each is.
import { clock, dateIn, money, percent } from "../base/format.js";
import { html } from "../base/html.js";
import { area } from "../base/words.js";
import { languageText } from "./names.js";

const say = await area("storefront");

const ALMOST = 0.1;
const FILLING = 0.4;

/** Whether seats of a show can still be bought, or waited for. Those that are left say so whatever the device's clock says. */
export const isToCome = (show) => show.status === "scheduled" && (show.seatsAvailable > 0 || Date.parse(show.startAt) > Date.now());

/** The day of a show by its theater's clock. */
export const dayOfShow = (show) => dateIn(show.startAt, show.theater.timezone);

/** Items by what `key` gives, in the order of their first: `[[key, items]]`. */
export const grouped = (items, key) => {
  const groups = new Map();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return [...groups];
};

const fillOf = ({ seatsTotal, seatsAvailable }) => {
  const free = seatsTotal ? seatsAvailable / seatsTotal : 0;
  if (!seatsAvailable) return { kind: "out", words: say("Sold out · waiting list"), free };
  if (free <= ALMOST) return { kind: "almost", words: say.count(seatsAvailable, "Almost full · {count} seat", "Almost full · {count} seats"), free };
  if (free <= FILLING) return { kind: "filling", words: say.count(seatsAvailable, "Filling up · {count} seat", "Filling up · {count} seats"), free };
  return { kind: "free", words: say.count(seatsAvailable, "{count} seat free", "{count} seats free"), free };
};

const Show = ({ show, withFormat }) => {
  const { kind, words, free } = fillOf(show);
  const taken = 1 - free;
  return html`<li><a class=${`show ${kind}`} href=${`/showtimes/${show.id}`}>
    <strong class="time"><time datetime=${show.startAt}>${clock(show.startAt, show.theater.timezone)}</time></strong>
    <span class="price">${say("from {price}", { price: money(show.priceFrom, show.currency, { short: true }) })}</span>
    <span class="soft small about">${[withFormat && show.format, languageText(show.language), show.screen.name].filter(Boolean).join(" · ")}</span>
    <svg class="fill" viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label=${say("{share} taken", { share: percent(taken) })}><rect width="100" height="4" rx="2" class="all" /><rect width=${(taken * 100).toFixed(1)} height="4" rx="2" class="taken" /></svg>
    <span class="small full">${words}</span>
  </a></li>`;
};

/** A theater's, or a film's, shows of a day; one row for each format. */
export const Shows = ({ shows }) => {
  const byFormat = grouped(shows, ({ format }) => format);
  return html`<div class="formats">${byFormat.map(([format, some]) => html`<div class="format" key=${format}>
    ${byFormat.length > 1 && html`<h4 class="badge">${format}</h4>`}
    <ul class="shows">${some.map((show) => html`<${Show} key=${show.id} show=${show} withFormat=${byFormat.length === 1} />`)}</ul>
  </div>`)}</div>`;
};

export const PriceNote = () => html`<p class="soft small">${say("The cheapest seats' price, before fees and taxes. The seat map has the price of each seat.")}</p>`;
