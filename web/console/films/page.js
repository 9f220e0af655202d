// The films that may be scheduled: entered by hand or imported from TMDB, changed, taken out.
import { useState } from "preact/hooks";
import { api, send, withQuery } from "../../base/api.js";
import { duration } from "../../base/format.js";
import { html } from "../../base/html.js";
import { go, place, setQuery } from "../../base/router.js";
import { user } from "../../base/session.js";
import { Button, ButtonLink, Empty, Failure, Field, Loading, Notice, Title, useLoaded, useTabTitle, useWork } from "../../base/ui.js";
import { area } from "../../base/words.js";
import { genreText, languageText } from "../../storefront/names.js";
import { Confirm } from "../confirm.js";
import { styles } from "../styles.js";

const say = await area("console_films");
await styles(new URL("./films.css", import.meta.url));
const listed = (written) => written.split(",").map((each) => each.trim()).filter(Boolean);

const Import = () => {
  const [written, setWritten] = useState("");
  const [done, setDone] = useState(null);
  const [run, { busy, problem }] = useWork(async () => {
    setDone(null);
    const answer = await send("POST", "/api/admin/movies/import", { body: { tmdbId: Number(written) }, key: crypto.randomUUID() });
    setDone(answer);
  });
  return html`<form class="card" onSubmit=${(event) => { event.preventDefault(); run(); }}><h2>${say("From TMDB")}</h2>
    <div class="row import"><${Field} label=${say("Number of the film at TMDB")} type="number" min="1" required value=${written} problem=${problem} path="tmdbId" onInput=${(event) => setWritten(event.target.value)} />
      <${Button} type="submit" busy=${busy}>${say("Import")}<//></div>
    <${Failure} problem=${problem?.code === "movie_not_found" ? { message: say("TMDB knows no film by that number.") } : problem} />
    ${done && html`<${Notice} kind="good"><p>${done.status === 201 ? say("{film} was imported.", { film: done.body.title }) : done.body.changed?.length ? say("{film} was known; TMDB changed: {fields}.", { film: done.body.title, fields: done.body.changed.join(", ") }) : say("{film} was known, and nothing changed.", { film: done.body.title })} <a href=${`/console/films/${done.body.id}`}>${say("Look at it")}</a></p><//>`}
  </form>`;
};

const List = () => {
  const { query } = place.value;
  const [title, setTitle] = useState(query.get("title") ?? "");
  const asked = { title: query.get("title"), page: query.get("page") ?? "1", pageSize: 30 };
  const films = useLoaded((signal) => api.get(withQuery("/api/movies", asked), { signal, cache: "no-cache" }), [JSON.stringify(asked)]);
  const { items, total, page, pageSize } = films.value ?? {};
  return html`<p class="actions first"><${ButtonLink} kind="primary" href="/console/films/new">${say("Enter a film")}<//></p><${Import} />
    <form class="row import" role="search" onSubmit=${(event) => { event.preventDefault(); setQuery({ title: title.trim(), page: null }); }}>
      <${Field} label=${say("Part of a title")} value=${title} onInput=${(event) => setTitle(event.target.value)} /><${Button} type="submit">${say("Find")}<//></form>
    <${Failure} problem=${films.problem} again=${films.reload} />
    ${!films.value && !films.problem && html`<${Loading} />`}
    ${films.value && (total ? html`<div class="scroll" role="group" tabindex="0" aria-label=${say("Films")}><table><thead><tr><th scope="col">${say("Title")}</th><th scope="col">${say("Run time")}</th><th scope="col">${say("Language")}</th><th scope="col">${say("Genres")}</th></tr></thead>
      <tbody>${items.map((film) => html`<tr key=${film.id}><th scope="row"><a href=${`/console/films/${film.id}`}>${film.title}</a></th><td>${film.runtime ? duration(film.runtime) : say("none yet")}</td><td>${languageText(film.language)}</td><td>${film.genres.map(genreText).join(", ")}</td></tr>`)}</tbody></table></div>`
    : html`<${Empty}>${say("No film is found.")}<//>`)}
    ${total > pageSize && html`<p class="row"><${Button} disabled=${page <= 1} onClick=${() => setQuery({ page: page - 1 })}>${say("Before")}<//><${Button} disabled=${page * pageSize >= total} onClick=${() => setQuery({ page: page + 1 })}>${say("Next")}<//></p>`}`;
};

const fieldsOf = (film) => ({
  title: film?.title ?? "", genres: (film?.genres ?? []).join(", "), runtime: film?.runtime ? String(film.runtime) : "", language: film?.language ?? "",
  rating: film?.rating === null || film?.rating === undefined ? "" : String(film.rating), releaseDate: film?.releaseDate ?? "", synopsis: film?.synopsis ?? "", cast: (film?.cast ?? []).join(", "),
});

/** A rating as it was known: a number stays one. */
const ratingOf = (written, known) => (written === "" ? null : typeof known?.rating === "number" && !Number.isNaN(Number(written)) ? Number(written) : written);

const bodyOf = (fields, known) => ({
  title: fields.title.trim(), genres: listed(fields.genres), runtime: Number(fields.runtime), language: fields.language.trim(), rating: ratingOf(fields.rating.trim(), known),
  releaseDate: fields.releaseDate || null, synopsis: fields.synopsis.trim() || null, cast: listed(fields.cast),
});

/** What was changed alone: what staff did not touch goes on to follow TMDB. */
const changesOf = (fields, film) => {
  const [before, now] = [bodyOf(fieldsOf(film), film), bodyOf(fields, film)];
  return Object.fromEntries(Object.entries(now).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name])));
};

const Remove = ({ film, etag, onClose }) => {
  const work = async () => {
    await api.delete(`/api/admin/movies/${film.id}`, { etag });
    go("/console/films");
  };
  const explained = (problem) => (problem?.code === "in_use" ? { message: say("Shows of it are scheduled: cancel them first.") } : problem);
  return html`<${Confirm} title=${say("Take {film} out?", { film: film.title })} yes=${say("Take it out")} work=${work} explained=${explained} onClose=${onClose}>
    <p>${say("A film with upcoming shows stays.")}</p>
  <//>`;
};

const Form = ({ film, etag: first, reload }) => {
  const [fields, setFields] = useState(() => fieldsOf(film));
  const [etag, setEtag] = useState(first);
  const [saved, setSaved] = useState(false);
  const [removes, setRemoves] = useState(false);
  const [run, { busy, problem }] = useWork(async () => {
    const body = film ? changesOf(fields, film) : bodyOf(fields);
    const answer = film ? await send("PATCH", `/api/admin/movies/${film.id}`, { body, etag }) : await send("POST", "/api/admin/movies", { body, key: crypto.randomUUID() });
    if (!film) return go(`/console/films/${answer.body.id}`, { replace: true });
    setEtag(answer.etag);
    return setSaved(true);
  });
  const bind = (name) => ({ value: fields[name], problem, path: name, onInput: (event) => { setFields({ ...fields, [name]: event.target.value }); setSaved(false); } });
  return html`<form class="card" onSubmit=${(event) => { event.preventDefault(); run(); }}>
    <${Field} label=${say("Title")} required ...${bind("title")} />
    <div class="columns">
      <${Field} label=${say("Run time in minutes")} type="number" min="1" max="1000" required ...${bind("runtime")} />
      <${Field} label=${say("Language")} required ...${bind("language")} />
      <${Field} label=${say("Genres")} hint=${say("with commas between")} required ...${bind("genres")} />
      <${Field} label=${say("Rating")} ...${bind("rating")} />
      <${Field} label=${say("Release")} type="date" ...${bind("releaseDate")} />
      <${Field} label=${say("Cast")} hint=${say("with commas between")} ...${bind("cast")} />
    </div>
    <${Field} label=${say("Synopsis")} as="textarea" ...${bind("synopsis")} />
    <${Failure} problem=${problem} again=${problem?.code === "stale_version" ? reload : undefined} />
    ${saved && html`<${Notice} kind="good">${say("The film is saved.")}<//>`}
    <p class="actions"><${Button} kind="primary" type="submit" busy=${busy}>${film ? say("Save the film") : say("Enter the film")}<//>
      ${film && user.value?.roles?.includes("admin") && html`<${Button} kind="danger" onClick=${() => setRemoves(true)}>${say("Take it out")}<//>`}</p>
    ${removes && html`<${Remove} film=${film} etag=${etag} onClose=${() => setRemoves(false)} />`}
  </form>`;
};

const Known = ({ id, arrived }) => {
  const loaded = useLoaded((signal) => send("GET", `/api/movies/${id}`, { signal, cache: "no-cache" }), [id]);
  if (loaded.problem) return html`<${Failure} problem=${loaded.problem} again=${loaded.reload} />`;
  if (!loaded.value) return html`<${Loading} />`;
  return html`<${Title} focus=${arrived}>${loaded.value.body.title}<//><${Form} key=${loaded.value.etag} film=${loaded.value.body} etag=${loaded.value.etag} reload=${loaded.reload} />`;
};

export default function Films({ id, arrived }) {
  useTabTitle(say("Films"));
  if (!id) return html`<${Title} focus=${arrived}>${say("Films")}<//><${List} />`;
  return html`<p><a href="/console/films">${say("All films")}</a></p>
    ${id === "new" ? html`<${Title} focus=${arrived}>${say("New film")}<//><${Form} film=${null} etag=${null} />` : html`<${Known} key=${id} id=${id} arrived=${arrived} />`}`;
}
