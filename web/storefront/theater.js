// A theater: where it is, what it has, what cancelling brings there, and what plays.
import { all, api } from "../base/api.js";
import { dateText, number } from "../base/format.js";
import { html } from "../base/html.js";
import { place, setQuery } from "../base/router.js";
import { ButtonLink, Empty, Failure, Loading, Title, useLoaded, useTabTitle } from "../base/ui.js";
import { area } from "../base/words.js";
import { Days, daysFrom } from "./choosing.js";
import { todayIn } from "./city.js";
import { amenityText } from "./names.js";
import { PriceNote, Shows, grouped, isToCome } from "./programme.js";

const say = await area("storefront");

const tierText = ({ hoursBefore, refundPercent }) => {
  const values = { share: number(refundPercent), hours: number(hoursBefore) };
  return hoursBefore > 0
    ? say("Until {hours} hours before the start, {share} % of the price comes back.", values)
    : say("Until the start, {share} % of the price comes back.", values);
};

const Policy = ({ policy }) => html`<section aria-labelledby="policy">
  <h2 id="policy">${say("Cancelling")}</h2>
  ${policy
    ? html`<ul class="bullets">
        ${policy.tiers.map((tier) => html`<li key=${tier.hoursBefore}>${tierText(tier)}</li>`)}
        <li>${say("After that, nothing can be cancelled. If we cancel the show, everything comes back.")}</li>
        <li>${policy.feesRefunded ? say("Fees come back, too.") : say("Fees do not come back.")}</li>
      </ul>`
    : html`<p>${say("Until the start everything comes back, fees too.")}</p>`}
</section>`;

const Facts = ({ theater }) => html`<dl class="pairs">
  <dt>${say("Address")}</dt><dd>${theater.address}, ${theater.city}</dd>
  ${theater.contact?.phone && html`<dt>${say("Phone")}</dt><dd><a href=${`tel:${theater.contact.phone}`}>${theater.contact.phone}</a></dd>`}
  ${theater.contact?.email && html`<dt>${say("E-mail")}</dt><dd><a href=${`mailto:${theater.contact.email}`}>${theater.contact.email}</a></dd>`}
  ${theater.amenities?.length > 0 && html`<dt>${say("Amenities")}</dt><dd>${theater.amenities.map(amenityText).join(", ")}</dd>`}
</dl>`;

const Programme = ({ theater }) => {
  const days = daysFrom(theater.timezone);
  const wanted = place.value.query.get("date");
  const date = days.includes(wanted) ? wanted : days[0];
  const load = async (signal) => (await all("/api/showtimes", { theaterId: theater.id, date }, { signal })).filter(isToCome);
  const { value, problem, reload, isLoading } = useLoaded(load, [theater.id, date]);
  return html`<section class="programme" aria-labelledby="programme">
    <h2 id="programme">${say("Programme")}</h2>
    <${Days} days=${days} today=${todayIn(theater.timezone)} date=${date} onChoose=${(day) => setQuery({ date: day })} />
    <${Failure} problem=${problem} again=${reload} />
    ${!value && !problem && html`<${Loading} lines=${5} />`}
    ${value?.length === 0 && !isLoading && html`<${Empty}>${say("No more shows on {day}.", { day: dateText(date) })}<//>`}
    ${value?.length > 0 && html`${grouped(value, ({ movieId }) => movieId).map(([id, some]) => html`<section key=${id} class="card theater">
      <h3><a href=${`/movies/${id}`}>${some[0].movie.title}</a></h3><${Shows} shows=${some} />
    </section>`)}<${PriceNote} />`}
  </section>`;
};

export default function Theater({ id, arrived }) {
  const { value: theater, problem, reload } = useLoaded((signal) => api.get(`/api/theaters/${encodeURIComponent(id)}`, { signal }), [id]);
  useTabTitle(theater?.name ?? "");
  if (problem) {
    const isGone = problem.status === 404;
    return html`<${Title} focus=${arrived}>${say("Theater")}<//><${Failure} problem=${isGone ? { message: say("There is no such theater any more.") } : problem} again=${isGone ? null : reload}><p><${ButtonLink} href="/">${say("To the films")}<//></p><//>`;
  }
  if (!theater) return html`<${Loading} lines=${8} />`;
  return html`<article>
    <${Title} focus=${arrived}>${theater.name}<//>
    <div class="split theater-page"><${Programme} theater=${theater} /><aside><${Facts} theater=${theater} /><${Policy} policy=${theater.cancellationPolicy} /></aside></div>
  </article>`;
}
