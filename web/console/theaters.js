// At which theater one works: all for admins, else one's own; the choice is remembered, without a network too.
import { signal } from "@preact/signals";
import { Problem, all } from "../base/api.js";
import { lasting } from "../base/storage.js";

const NAME = "console.theater";
const LAST = "console.theater.last"; // all of the one that was chosen

/** The theaters of this user; null until they are known. */
export const theaters = signal(null);
/** The one that was chosen. */
export const theater = signal(null);

const listed = async (signal) => {
  if (!navigator.onLine) throw new Problem(0, null, null);
  return all("/api/theaters", {}, { signal, cache: "no-cache" });
};

const listedOrLast = async (user, signal) => {
  try {
    return await listed(signal);
  } catch (problem) {
    const last = lasting.read(LAST);
    if (problem.code !== "offline" || !last) throw problem;
    addEventListener("online", () => loadTheaters(user).catch(() => {}), { once: true });
    return [last];
  }
};

/** Ask which there are; while nobody answers it is the last that was chosen here. Raises `Problem`. */
export const loadTheaters = async (user, signal) => {
  const known = await listedOrLast(user, signal);
  const own = user.roles.includes("admin") ? known : known.filter(({ id }) => user.theaterIds.includes(id));
  own.sort((one, other) => one.name.localeCompare(other.name));
  const remembered = lasting.read(NAME);
  theaters.value = own;
  theater.value = own.find(({ id }) => id === remembered) ?? own[0] ?? null;
  lasting.write(LAST, theater.value);
  return own;
};

export const chooseTheater = (id) => {
  lasting.write(NAME, id);
  theater.value = theaters.value.find((one) => one.id === id) ?? null;
  lasting.write(LAST, theater.value);
};
