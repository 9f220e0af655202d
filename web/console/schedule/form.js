// A show is added by form, alone or repeated; what is in the way is said before it is sent, and as the server says it.
import { useEffect, useState } from "preact/hooks";
import { all, api, withQuery } from "../../base/api.js";
import { clock, dateAfter, dayAndClock, minorUnits, money } from "../../base/format.js";
import { html } from "../../base/html.js";
import { Button, Check, Dialog, Failure, Field, Loading, Notice, useLoaded, useWork } from "../../base/ui.js";
import { area, locale } from "../../base/words.js";
import { showsOf } from "../shows.js";
import { MINUTE, conflicts, minutesOf, startOf } from "./timeline.js";

const say = await area("console_schedule");
const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const A_MONDAY = "2024-01-01T12:00:00Z";

/** A weekday's name in the reader's language: mon is Mon. */
export const weekdayName = (day, width = "short") =>
  new Intl.DateTimeFormat(locale, { weekday: width, timeZone: "UTC" }).format(Date.parse(A_MONDAY) + WEEKDAYS.indexOf(day) * 24 * 60 * MINUTE);

const REASONS = {
  screen_busy: () => say("the screen is busy"), past: () => say("the time is past"), movie_not_found: () => say("the film is gone"),
  runtime_unknown: () => say("the film has no run time"), screen_not_found: () => say("the screen is gone"),
};

const LeftOut = ({ skipped, theater }) => html`
  <p>${say.count(skipped.length, "{count} show was left out:", "{count} shows were left out:")}</p>
  <ul class="plain">${skipped.map((each) => html`<li key=${each.startAt + each.screenId}>${theater.screens.find((screen) => screen.id === each.screenId)?.name}, ${dayAndClock(each.startAt, theater.timezone)}: ${REASONS[each.reason]?.() ?? each.reason}</li>`)}</ul>`;

/** Shows that were not scheduled: how many are there already, and why the others were not. */
export const Skipped = ({ skipped, theater }) => {
  const there = skipped.filter(({ existingId }) => existingId).length;
  const others = skipped.filter(({ existingId }) => !existingId);
  return html`${there > 0 && html`<p>${say.count(there, "{count} show was there already.", "{count} shows were there already.")}</p>`}
    ${others.length > 0 && html`<${LeftOut} skipped=${others} theater=${theater} />`}`;
};

const bodyOf = (fields, theater) => {
  const body = {
    movieId: fields.movieId, theaterId: theater.id, screenId: fields.screenId, language: fields.language.trim(), format: fields.format.trim(),
    startAt: new Date(startOf(fields.date, fields.time, theater.timezone)).toISOString(), currency: fields.currency.trim().toUpperCase(),
  };
  if (fields.price.trim()) body.basePrice = minorUnits(fields.price, body.currency);
  if (fields.repeats) body.repeat = { days: fields.days, times: fields.times.split(/[\s,;]+/).filter(Boolean), until: fields.until };
  return body;
};

const lacks = (fields) => {
  if (Number.isNaN(minutesOf(fields.time))) return say("Enter a start, for example 18:30.");
  if (fields.price.trim() && !(minorUnits(fields.price, fields.currency.toUpperCase() || "INR") >= 0)) return say("The price is no amount.");
  if (fields.repeats && fields.times.split(/[\s,;]+/).filter(Boolean).some((time) => Number.isNaN(minutesOf(time)))) return say("Times are written as 18:30, with commas between them.");
  return null;
};

const Repeat = ({ fields, set, problem }) => html`<fieldset>
  <legend>${say("On these days")}</legend>
  <div class="days">${WEEKDAYS.map((day) => html`<${Check} key=${day} label=${weekdayName(day)} checked=${fields.days.includes(day)}
    onChange=${(event) => set({ days: event.target.checked ? [...fields.days, day] : fields.days.filter((each) => each !== day) })} />`)}</div>
  <div class="columns">
    <${Field} label=${say("At these times")} hint=${say("for example 14:00, 18:30")} value=${fields.times} problem=${problem} path="repeat.times" onInput=${(event) => set({ times: event.target.value })} />
    <${Field} label=${say("Until")} type="date" min=${fields.date} value=${fields.until} problem=${problem} path="repeat.until" onInput=${(event) => set({ until: event.target.value })} />
  </div>
</fieldset>`;

const first = (theater, date, currency) => ({
  movieId: "", screenId: theater.screens[0]?.id ?? "", date, time: "", language: "", format: "2D", price: "", currency,
  repeats: false, days: [...WEEKDAYS], times: "", until: dateAfter(date, 6),
});

const Form = ({ theater, date, movies, currency, onAdded }) => {
  const [fields, setFields] = useState(() => first(theater, date, currency));
  const [ahead, setAhead] = useState([]);
  const set = (changes) => setFields((before) => ({ ...before, ...changes }));
  const movie = movies.find((each) => each.id === fields.movieId);
  const others = useLoaded((signal) => showsOf(theater, fields.date || date, signal), [fields.date]);
  useEffect(() => {
    if (!movie?.runtime || Number.isNaN(minutesOf(fields.time)) || !others.value || !fields.date) return setAhead([]);
    const start = startOf(fields.date, fields.time, theater.timezone);
    return setAhead(conflicts({ start, end: start + movie.runtime * MINUTE }, fields.screenId, others.value));
  }, [movie, fields.time, fields.screenId, fields.date, others.value]);
  const prices = useLoaded((signal) => api.get(withQuery("/api/admin/pricing", { screenId: fields.screenId }), { signal }), [fields.screenId]);
  const known = prices.value?.effective.basePrice;
  const isPriced = !prices.value || known !== undefined;
  const isCurrency = /^[A-Z]{3}$/.test(fields.currency);
  const priceHint = known === undefined ? undefined : say("Left empty: {price}", { price: money(known, isCurrency ? fields.currency : currency) });
  const [run, { busy, problem }] = useWork(async () => {
    const lacking = lacks(fields);
    if (lacking) throw new Error(lacking);
    onAdded(await api.post("/api/admin/showtimes", bodyOf(fields, theater)), movie);
  });
  const chosen = (event) => {
    const film = movies.find((each) => each.id === event.target.value);
    set({ movieId: event.target.value, language: film?.language ?? fields.language });
  };
  const field = (name) => ({ value: fields[name], problem, path: name, onInput: (event) => set({ [name]: event.target.value }) });
  return html`<form onSubmit=${(event) => { event.preventDefault(); run(); }}>
    <${Field} label=${say("Film")} as="select" required value=${fields.movieId} problem=${problem} path="movieId" onChange=${chosen}>
      <option value="">${say("Choose a film")}</option>
      ${movies.map((each) => html`<option key=${each.id} value=${each.id} disabled=${!each.runtime}>${each.title}</option>`)}
    <//>
    <div class="columns">
      <${Field} label=${say("Screen")} as="select" required ...${field("screenId")}>${theater.screens.map((screen) => html`<option key=${screen.id} value=${screen.id}>${screen.name}</option>`)}<//>
      <${Field} label=${say("Business day")} type="date" required ...${field("date")} />
      <${Field} label=${say("Start")} type="time" step="300" required ...${field("time")} path="startAt" />
      <${Field} label=${say("Language")} required ...${field("language")} />
      <${Field} label=${say("Format")} required ...${field("format")} />
      <${Field} label=${say("Base price")} inputmode="decimal" required=${!isPriced} hint=${priceHint} ...${field("price")} path="basePrice" />
      <${Field} label=${say("Currency")} required maxlength="3" ...${field("currency")} />
    </div>
    ${ahead.length > 0 && html`<div class="notice warn" role="status">${ahead.map((other) => html`<p key=${other.id}>${say("The screen is busy: {film} plays from {from} to {to}.", { film: other.movie.title, from: clock(other.startAt, theater.timezone), to: clock(other.endAt, theater.timezone) })}</p>`)}</div>`}
    <${Check} label=${say("Repeat")} checked=${fields.repeats} onChange=${(event) => set({ repeats: event.target.checked, times: fields.times || fields.time })} />
    ${fields.repeats && html`<${Repeat} fields=${fields} set=${set} problem=${problem} />`}
    <${Failure} problem=${problem?.code === "screen_busy" ? null : problem} />
    ${problem?.code === "screen_busy" && html`<div class="notice bad" role="alert"><p>${say("The screen is busy then, so nothing was scheduled. Choose another time or screen.")}</p>
      <ul class="plain">${(problem.body.conflicts ?? []).map((at) => html`<li key=${at}>${dayAndClock(at, theater.timezone)}</li>`)}</ul></div>`}
    <p class="actions"><${Button} kind="primary" type="submit" busy=${busy}>${fields.repeats ? say("Add the shows") : say("Add the show")}<//></p>
  </form>`;
};

/** The dialog by which shows are added; `onAdded(text)` with what was done. */
export const AddShow = ({ theater, date, onClose, onAdded }) => {
  const [done, setDone] = useState(null);
  const loaded = useLoaded(async (signal) => {
    const [movies, known] = await Promise.all([all("/api/movies", {}, { signal, cache: "no-cache" }), api.get(`/api/showtimes?theaterId=${theater.id}&pageSize=1`, { signal })]);
    return { movies, currency: known.items[0]?.currency ?? "INR" };
  }, [theater.id]);
  const added = (answer, movie) => {
    if (answer.items) {
      setDone(answer);
      return onAdded(say.count(answer.total, "{count} show was added.", "{count} shows were added."));
    }
    onAdded(say("{film} was added: {time}, {price}.", { film: movie.title, time: dayAndClock(answer.startAt, theater.timezone), price: money(answer.basePrice, answer.currency) }));
    return onClose();
  };
  return html`<${Dialog} title=${say("Add a show")} onClose=${onClose} wide>
    ${loaded.problem && html`<${Failure} problem=${loaded.problem} again=${loaded.reload} />`}
    ${!loaded.value && !loaded.problem && html`<${Loading} />`}
    ${done && html`<${Notice} kind="good"><p>${say.count(done.total, "{count} show was added.", "{count} shows were added.")}</p><${Skipped} skipped=${done.skipped} theater=${theater} /><//><p class="actions"><${Button} kind="primary" onClick=${onClose}>${say("Done")}<//></p>`}
    ${loaded.value && !done && html`<${Form} theater=${theater} date=${date} movies=${loaded.value.movies} currency=${loaded.value.currency} onAdded=${added} />`}
  <//>`;
};
