// The arithmetic of a business day: 06:00 to 06:00 by the theater's clock. Instants are milliseconds.

export const MINUTE = 60_000;
export const DAY_BEGINS = 6 * 60; // minutes after midnight
export const STEP = 5; // minutes by which a show is moved
export const CLEANING = 15; // minutes after a show, unless the chain set others: the server has the last word

const wall = (instant, timeZone) => {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  }).formatToParts(new Date(instant));
  const of = Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(of.year, of.month - 1, of.day, of.hour, of.minute);
};

/** The instant at which a theater's clock shows this time of a day; minutes past 24 h are the next day's. A time that a
 * change of clocks leaves out is the one an hour on. */
export const instantOf = (date, minutes, timeZone) => {
  const wanted = Date.parse(`${date}T00:00:00Z`) + minutes * MINUTE;
  const first = wanted - (wall(wanted, timeZone) - wanted);
  return first + (wanted - wall(first, timeZone));
};

/** The same of what a field of day and time has, `2026-11-30T18:30`, as the API writes it. */
export const instantIn = (written, timeZone) => {
  const [date, time] = written.split("T");
  return new Date(instantOf(date, minutesOf(time), timeZone)).toISOString();
};

/** The business day of a date: `{from, to}`. It has 23 or 25 hours where clocks change. */
export const businessDay = (date, timeZone) => ({
  from: instantOf(date, DAY_BEGINS, timeZone),
  to: instantOf(date, DAY_BEGINS + 24 * 60, timeZone),
});

/** The date of the business day of an instant. */
export const businessDateOf = (instant, timeZone) =>
  new Date(wall(instant, timeZone) - DAY_BEGINS * MINUTE).toISOString().slice(0, 10);

/** A wall-clock time, `HH:MM`, in minutes; NaN for other text. */
export const minutesOf = (text) => {
  const match = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text.trim());
  return match ? Number(match[1]) * 60 + Number(match[2]) : NaN;
};

/** The wall-clock time of an instant, as `HH:MM`. */
export const timeOf = (instant, timeZone) => new Date(wall(instant, timeZone)).toISOString().slice(11, 16);

/** The start of a show that a person entered as a business day and a clock: what is before six is the night after. */
export const startOf = (date, time, timeZone) => {
  const minutes = minutesOf(time);
  return instantOf(date, minutes < DAY_BEGINS ? minutes + 24 * 60 : minutes, timeZone);
};

/** A show with its span in milliseconds. */
export const spanOf = (show) => ({ start: Date.parse(show.startAt), end: Date.parse(show.endAt) });

/** The shows of a screen that another span is in the way of, cleaning included. `without` is the id of the one moved. */
export const conflicts = (span, screenId, shows, { without = null, cleaning = CLEANING } = {}) =>
  shows.filter((show) => {
    if (show.screenId !== screenId || show.id === without || show.status === "cancelled") return false;
    const other = spanOf(show);
    return span.start < other.end + cleaning * MINUTE && other.start < span.end + cleaning * MINUTE;
  });

/** An instant at the nearest step. */
export const snapped = (instant, step = STEP) => Math.round(instant / (step * MINUTE)) * step * MINUTE;

/** Left edge and width of a span on a day, as shares of it. */
export const shareOf = ({ start, end }, day) => {
  const length = day.to - day.from;
  const [left, right] = [Math.max(start, day.from), Math.min(end, day.to)];
  return { left: (left - day.from) / length, width: Math.max(0, right - left) / length };
};

/** The full hours of a day. */
export const hoursOf = (day) => {
  const hours = [];
  for (let at = day.from; at < day.to; at += 60 * MINUTE) hours.push(at);
  return hours;
};

/** How full a show is, 0 to 1. */
export const fullness = (show) => (show.seatsTotal ? 1 - show.seatsAvailable / show.seatsTotal : 0);

/** The Monday of the week of a date. */
export const mondayOf = (date) => {
  const day = new Date(`${date}T12:00:00Z`);
  day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7));
  return day.toISOString().slice(0, 10);
};
