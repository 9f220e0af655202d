// What plays: a city's films by day, found by title, genre and language. The address keeps what was chosen.
import { all, withQuery } from "../base/api.js";
import { html } from "../base/html.js";
import { place, setQuery } from "../base/router.js";
import { Button, Empty, Failure, Field, Title, useLoaded, useTabTitle } from "../base/ui.js";
import { area } from "../base/words.js";
import { CityField, Days, daysFrom } from "./choosing.js";
import { useCity } from "./city.js";
import { filmLine, hasTitle } from "./film_text.js";
import { genreText, languageText } from "./names.js";
import { Poster } from "./poster.js";

const say = await area("storefront");
const ANY = "any";

const Film = ({ film, query }) => html`<li>
  <a class="film" href=${`/movies/${film.id}${query}`}>
    <${Poster} film=${film} />
    <strong class="name">${film.title}</strong>
    <span class="soft small">${filmLine(film)}</span>
  </a>
</li>`;

const Bones = () => html`<ul class="films" aria-hidden="true">${Array.from({ length: 8 }, (_, at) => html`<li key=${at}><span class="film"><span class="poster bone"></span><span class="bone name"></span></span></li>`)}</ul>`;

const Choice = ({ label, none, name, values, value, text }) =>
  html`<${Field} as="select" label=${label} value=${value ?? ""} onChange=${(event) => setQuery({ [name]: event.target.value })}>
    <option value="">${none}</option>
    ${[...new Set([...values, value].filter(Boolean))].sort().map((one) => html`<option key=${one} value=${one}>${text(one)}</option>`)}
  <//>`;

const Filters = ({ known, city, films, filters }) => html`<form class="filters" role="search" onSubmit=${(event) => event.preventDefault()}>
  <${CityField} known=${known} city=${city} />
  <${Field} class="title" label=${say("Title")} type="search" value=${filters.title ?? ""} onInput=${(event) => setQuery({ title: event.target.value })} autocomplete="off" />
  <${Choice} label=${say("Genre")} none=${say("All genres")} name="genre" values=${films.flatMap(({ genres }) => genres)} value=${filters.genre} text=${genreText} />
  <${Choice} label=${say("Language")} none=${say("All languages")} name="language" values=${films.map(({ language }) => language)} value=${filters.language} text=${languageText} />
</form>`;

const suits = ({ title, genre, language }) => (film) =>
  (!title || hasTitle(film, title)) && (!genre || film.genres.includes(genre)) && (!language || film.language === language);

const Nothing = ({ city, date, filters }) => {
  const isFiltered = filters.title || filters.genre || filters.language;
  return html`<${Empty}>
    <p>${isFiltered ? say("No film here suits what you look for.") : city ? say("Nothing plays on this day in {city}.", { city: city.city }) : say("Nothing plays now.")}</p>
    <p class="row centered">
      ${date && html`<${Button} onClick=${() => setQuery({ date: ANY })}>${say("Look at any day")}<//>`}
      ${isFiltered && html`<${Button} onClick=${() => setQuery({ title: null, genre: null, language: null })}>${say("Take the filters away")}<//>`}
    </p>
  <//>`;
};

const Results = ({ films, found, problem, reload, city, date, filters }) => {
  if (problem) return html`<${Failure} problem=${problem} again=${reload} />`;
  if (!films) return html`<${Bones} />`;
  if (!found.length) return html`<${Nothing} city=${city} date=${date} filters=${filters} />`;
  const query = withQuery("", { city: city.city, date });
  return html`<ul class="films">${found.map((film) => html`<${Film} key=${film.id} film=${film} query=${query} />`)}</ul>`;
};

const dayOf = (query, days) => {
  const wanted = query.get("date");
  return wanted === ANY ? null : days.includes(wanted) ? wanted : days[0];
};

export default function Home({ arrived }) {
  const { query } = place.value;
  const { city, known, ...listed } = useCity();
  const days = daysFrom(city?.timezone);
  const date = dayOf(query, days);
  const filters = { title: query.get("title"), genre: query.get("genre"), language: query.get("language") };
  const playing = useLoaded(async (signal) => (city ? { films: await all("/api/movies", { city: city.city, date }, { signal }) } : known && { films: [] }), [city?.city, date, Boolean(known)]);
  const films = playing.value?.films ?? null;
  const found = films?.filter(suits(filters)) ?? [];
  useTabTitle("");
  return html`<div class="home">
    <${Title} focus=${arrived}>${city ? say("Films in {city}", { city: city.city }) : say("Films")}<//>
    <${Filters} known=${known} city=${city} films=${films ?? []} filters=${filters} />
    <${Days} days=${days} date=${date} any onChoose=${(day) => setQuery({ date: day === days[0] ? null : day ?? ANY })} />
    <p class="hidden" role="status">${films && !playing.isLoading ? say.count(found.length, "{count} film", "{count} films") : ""}</p>
    <section class=${`results ${playing.isLoading && films ? "stale" : ""}`} aria-label=${say("Films")} aria-busy=${playing.isLoading}>
      <${Results} films=${films} found=${found} problem=${playing.problem ?? (known ? null : listed.problem)} reload=${() => { listed.reload(); playing.reload(); }} city=${city} date=${date} filters=${filters} />
    </section>
  </div>`;
}
