// The shows of a theater's business day, which goes from six to six by its clock.
import { all } from "../base/api.js";
import { dateAfter, dateIn } from "../base/format.js";

const DAY_BEGINS_HOURS = 6;
const HOUR = 3_600_000;
const DOORS_OPEN_HOURS = 2;

/** The business day of an instant, as 2026-11-30. */
export const businessDay = (instant, timeZone) => dateIn(new Date(instant).getTime() - DAY_BEGINS_HOURS * HOUR, timeZone);

/** All shows of a theater's business day that are not cancelled, by their start; of every theater's where it is null. */
export const showsOf = async (theater, day, signal) => {
  const days = await Promise.all([day, dateAfter(day, 1)].map((date) => all("/api/showtimes", { theaterId: theater?.id, date }, { signal })));
  return days.flat().filter((show) => show.status !== "cancelled" && businessDay(show.startAt, show.theater.timezone) === day);
};

/** Whether guests are let in to a show. */
export const doorsAreOpen = ({ startAt, endAt }, now = Date.now()) =>
  new Date(startAt).getTime() - DOORS_OPEN_HOURS * HOUR <= now && now < new Date(endAt).getTime();
export const isOver = ({ endAt }, now = Date.now()) => new Date(endAt).getTime() <= now;
export const hasBegun = ({ startAt }, now = Date.now()) => new Date(startAt).getTime() <= now;
/** How much of a show's seats are taken, 0 to 1. */
export const taken = ({ seatsTotal, seatsAvailable }) => (seatsTotal ? (seatsTotal - seatsAvailable) / seatsTotal : 0);
