// What an id stands for, in words: a show by film, screen and time, all else by its name. Asked for once.
import { all, api } from "../base/api.js";
import { dayAndClock } from "../base/format.js";
import { html } from "../base/html.js";
import { useLoaded } from "../base/ui.js";

const KIND = /^(mov|thr|scr|sho|bkg|whk)_[0-9a-z]{26}$/;
const asked = new Map(); // what was asked for: promises

const once = (key, ask) => {
  if (!asked.has(key)) asked.set(key, ask().catch((problem) => { asked.delete(key); throw problem; }));
  return asked.get(key);
};

/** Whether a value is the id of something that has a name. */
export const isNamed = (value) => typeof value === "string" && KIND.test(value);

/** A show as one tells it from others. */
export const showText = (show) => `${dayAndClock(show.startAt, show.theater.timezone)} · ${show.movie.title} · ${show.screen.name}`;

// Of what may be gone a list is asked: that something is not in it is no error.
const inList = async (path, id, nameOf) => {
  const found = (await once(path, () => all(path))).find((each) => each.id === id);
  return found && nameOf(found);
};

const screenName = async (id, theaterId) => {
  if (!theaterId) return undefined;
  const { screens } = await once(theaterId, () => api.get(`/api/theaters/${theaterId}`));
  return screens.find((screen) => screen.id === id)?.name;
};

const NAMES = {
  mov: (id) => inList("/api/movies", id, ({ title }) => title),
  thr: (id) => inList("/api/theaters", id, ({ name }) => name),
  whk: (id) => inList("/api/admin/webhooks", id, ({ url }) => url),
  scr: screenName,
  sho: async (id) => showText(await once(id, () => api.get(`/api/showtimes/${id}`))),
  bkg: async (id) => (await once(id, () => api.get(`/api/admin/bookings/${id}`))).reference,
};

/**
 * The name behind an id; until it is known, and where there is none, `otherwise` or the id itself. `theaterId`: where a
 * screen is. The id is what one reads with the pointer over it.
 */
export const Named = ({ id, theaterId, otherwise }) => {
  const name = useLoaded(async () => (isNamed(id) ? NAMES[id.slice(0, 3)](id, theaterId) : undefined), [id, theaterId]);
  return html`<span title=${id}>${name.value ?? (name.isLoading && isNamed(id) ? "…" : otherwise ?? id)}</span>`;
};
