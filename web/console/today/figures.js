// The day in figures: what was sold and taken, who is inside, what needs a person.
import { all, api, withQuery } from "../../base/api.js";
import { doorsAreOpen, hasBegun, isOver, showsOf, taken } from "../shows.js";

const NEARLY_FULL = 0.9;
const entered = new Map(); // guests inside by show, of shows that are over: they change no more

// A report is of one currency. Which there are, the shows say, and what was learned of sales for other days.
const currencies = new Set();

/** The report of a business day in each currency that was taken. Raises `Problem`. */
const reportsOf = async (theater, day, shows, signal) => {
  const query = { theaterId: theater?.id, from: day, to: day };
  const load = (currency) => api.get(withQuery("/api/admin/reports", { ...query, currency }), { signal });
  if (theater === null) shows.forEach(({ currency }) => currencies.add(currency));
  const wanted = theater === null ? currencies : new Set(shows.map(({ currency }) => currency));
  if (wanted.size > 1) return Promise.all([...wanted].map(load));
  try {
    return [await load()];
  } catch (problem) {
    if (problem.code !== "mixed_currencies") throw problem;
    problem.body.currencies.forEach((currency) => currencies.add(currency));
    return Promise.all(problem.body.currencies.map(load));
  }
};

// Where nothing was sold the report names no currency: then it is that of the shows.
const takingsOf = (reports, shows) => {
  const all = reports.map(({ sales, currency }) => ({ amount: sales.net, currency: currency ?? shows[0]?.currency ?? null })).filter(({ currency }) => currency);
  const taken = all.filter(({ amount }) => amount !== 0);
  return taken.length ? taken : all;
};

const insideOf = async (show, signal) => {
  if (entered.has(show.id)) return entered.get(show.id);
  const { tickets } = await api.get(withQuery("/api/admin/checkin/manifest", { showtimeId: show.id }), { signal });
  const inside = tickets.filter(({ first }) => first).reduce((sum, { seats }) => sum + seats.length, 0);
  if (isOver(show)) entered.set(show.id, inside);
  return inside;
};

/**
 * The business day of a theater, of all that are the caller's (`ids`) where it is null:
 * `{shows, inside, sold, takings: [{amount, currency}], cases, nearlyFull, unsold}`; sold, takings and cases are null for
 * those who do not manage the theater. Raises `Problem`.
 */
export const figuresOf = async (theater, ids, day, manages, signal) => {
  const shows = (await showsOf(theater, day, signal)).filter(({ theaterId }) => ids.has(theaterId));
  const open = shows.filter((show) => taken(show) > 0 && (doorsAreOpen(show) || isOver(show)));
  const [inside, reports, cases] = await Promise.all([
    Promise.all(open.map((show) => insideOf(show, signal))),
    manages ? reportsOf(theater, day, shows, signal) : null,
    manages ? all("/api/admin/cases", { open: true }, { signal }) : null,
  ]);
  const ahead = shows.filter((show) => !hasBegun(show));
  return {
    shows,
    inside: inside.reduce((sum, one) => sum + one, 0),
    sold: reports && reports.reduce((sum, { sales }) => sum + sales.tickets, 0),
    takings: reports && takingsOf(reports, shows),
    cases,
    nearlyFull: ahead.filter((show) => taken(show) >= NEARLY_FULL),
    unsold: ahead.filter((show) => taken(show) === 0),
  };
};
