// Choosing a city and a day.
import { dateAfter, dateText } from "../base/format.js";
import { html } from "../base/html.js";
import { Field } from "../base/ui.js";
import { area } from "../base/words.js";
import { choose, todayIn } from "./city.js";

const say = await area("storefront");
const DAYS = 7;

/** The cities as a select; `known` is null while they are not known. */
export const CityField = ({ known, city }) => {
  const onChange = (event) => choose(known.find((one) => one.city === event.target.value));
  return html`<${Field} as="select" class="city" label=${say("City")} value=${city?.city} onChange=${onChange} disabled=${!known?.length}>
    ${(known ?? [city ?? { city: "…" }]).map((one) => html`<option key=${one.city} value=${one.city}>${one.city}</option>`)}
  <//>`;
};

/** The days from today on, as the API writes them. */
export const daysFrom = (timezone) => Array.from({ length: DAYS }, (_, at) => dateAfter(todayIn(timezone), at));

const dayName = (date, today) =>
  date === today ? say("Today") : date === dateAfter(today, 1) ? say("Tomorrow") : dateText(date, { weekday: "short", day: "numeric", month: "short" });

/** Days as chips; `any` offers all of them at once, as null. */
export const Days = ({ days, date, onChoose, today = days[0], any = false }) => {
  const chip = (value, text) => html`<button key=${text} type="button" class="chip" aria-pressed=${date === value ? "true" : "false"} onClick=${() => onChoose(value)}>${text}</button>`;
  return html`<div class="days" role="group" aria-label=${say("Day")}>
    ${days.map((value) => chip(value, dayName(value, today)))}
    ${any && chip(null, say("Any day"))}
  </div>`;
};
