// A film: what it is about, and where it plays, by city and day.
import { all, api, withQuery } from "../base/api.js";
import { dateText } from "../base/format.js";
import { html } from "../base/html.js";
import { place, setQuery } from "../base/router.js";
import { user } from "../base/session.js";
import { ButtonLink, Empty, Failure, Loading, Title, useLoaded, useTabTitle } from "../base/ui.js";
import { area } from "../base/words.js";
import { CityField, Days } from "./choosing.js";
import { todayIn, useCity } from "./city.js";
import { filmLine } from "./film_text.js";
import { Poster } from "./poster.js";
import { PriceNote, Shows, dayOfShow, grouped, isToCome } from "./programme.js";

const say = await area("storefront");

const About = ({ film, arrived }) => html`<header class="about-film">
  <${Poster} film=${film} />
  <div>
    <${Title} focus=${arrived}>${film.title}<//>
    <p class="soft">${filmLine(film)}</p>
    ${film.synopsis && html`<p>${film.synopsis}</p>`}
    <dl class="pairs">
      ${film.cast?.length > 0 && html`<dt>${say("With")}</dt><dd>${film.cast.join(", ")}</dd>`}
      ${film.releaseDate && html`<dt>${say("Released")}</dt><dd>${dateText(film.releaseDate, { day: "numeric", month: "long", year: "numeric" })}</dd>`}
    </dl>
  </div>
</header>`;

// The theaters that the user likes come first.
const Theaters = ({ shows }) => {
  const liked = user.value?.prefs?.favouriteTheaterIds ?? [];
  const theaters = grouped(shows, ({ theaterId }) => theaterId).sort(([one], [other]) => liked.includes(other) - liked.includes(one));
  return theaters.map(([id, some]) => html`<section key=${id} class="card theater">
    <h3><a href=${`/theaters/${id}`}>${some[0].theater.name}</a> ${liked.includes(id) && html`<span class="badge good">${say("One of your favourites")}</span>`}</h3>
    <${Shows} shows=${some} />
  </section>`);
};

const playing = async (film, query, signal) => (await all("/api/showtimes", { movieId: film.id, ...query }, { signal })).filter(isToCome);

// `{city, shows, elsewhere}`: the shows of the city, or of another where nobody chose one; else where it plays besides.
const find = async (film, { city, isChosen, known }, signal) => {
  const shows = await playing(film, { city: city.city }, signal);
  if (shows.length || !known) return { city, shows, elsewhere: [] };
  const others = await playing(film, {}, signal);
  const showsIn = ({ theaterIds }) => others.filter(({ theaterId }) => theaterIds.includes(theaterId));
  const elsewhere = known.filter((one) => showsIn(one).length > 0).sort((one, other) => showsIn(other).length - showsIn(one).length);
  return elsewhere.length && !isChosen ? { city: elsewhere[0], shows: showsIn(elsewhere[0]), elsewhere: [] } : { city, shows, elsewhere };
};

const Elsewhere = ({ film, city, elsewhere }) => html`<${Empty}>
  <p>${elsewhere.length ? say("It does not play in {city} now, but it does here:", { city: city.city }) : say("It does not play anywhere now. Look at another film.")}</p>
  <p class="row centered">
    ${elsewhere.map((one) => html`<${ButtonLink} key=${one.city} href=${withQuery(`/movies/${film.id}`, { city: one.city })}>${one.city}<//>`)}
    <${ButtonLink} href="/">${say("To the films")}<//>
  </p>
<//>`;

const Day = ({ shows, city }) => {
  const days = [...new Set(shows.map(dayOfShow))].sort();
  const wanted = place.value.query.get("date");
  const date = days.includes(wanted) ? wanted : days[0];
  const today = todayIn(city.timezone);
  return html`<${Days} days=${days} today=${today} date=${date} onChoose=${(day) => setQuery({ date: day })} />
    ${date !== (wanted ?? today) && html`<p class="soft" role="status">${say("The next day with shows: {day}.", { day: dateText(date) })}</p>`}
    <${Theaters} shows=${shows.filter((show) => dayOfShow(show) === date)} />
    <${PriceNote} />`;
};

const Programme = ({ film, where }) => {
  const { city, isChosen, known } = where;
  const { value, problem, reload, isLoading } = useLoaded((signal) => find(film, where, signal), [film.id, city.city, isChosen, Boolean(known)]);
  return html`<section class="programme" aria-labelledby="shows">
    <div class="row between"><h2 id="shows">${say("Shows")}</h2><${CityField} known=${known} city=${value?.city ?? city} /></div>
    <${Failure} problem=${problem} again=${reload} />
    ${!value && !problem && html`<${Loading} lines=${5} />`}
    ${value?.shows.length === 0 && !isLoading && html`<${Elsewhere} film=${film} ...${value} />`}
    ${value?.shows.length > 0 && html`<${Day} shows=${value.shows} city=${value.city} />`}
  </section>`;
};

export default function Film({ id, arrived }) {
  const loaded = useLoaded((signal) => api.get(`/api/movies/${encodeURIComponent(id)}`, { signal }), [id]);
  const where = useCity();
  const film = loaded.value;
  useTabTitle(film?.title ?? "");
  if (loaded.problem)
    return html`<${Title} focus=${arrived}>${say("Films")}<//><${Failure} problem=${loaded.problem.status === 404 ? { message: say("There is no such film any more.") } : loaded.problem} again=${loaded.problem.status === 404 ? null : loaded.reload}><p><${ButtonLink} href="/">${say("To the films")}<//></p><//>`;
  if (!film) return html`<div class="about-film"><span class="poster bone"></span><${Loading} lines=${5} /></div>`;
  return html`<article class="filmpage">
    <${About} film=${film} arrived=${arrived} />
    ${where.city ? html`<${Programme} film=${film} where=${where} />` : where.known ? html`<${Empty}>${say("Nothing plays now.")}<//>` : where.problem ? html`<${Failure} problem=${where.problem} again=${where.reload} />` : html`<${Loading} lines=${5} />`}
  </article>`;
}
