// Money, times and numbers as the reader writes them; times by the theater's clock.
import { locale } from "./words.js";

// Currencies whose minor unit is not a hundredth, by ISO 4217. Intl knows how a price is usually rounded, which for a
// sixth of them is another number.
const DIGITS = {
  BIF: 0, CLP: 0, DJF: 0, GNF: 0, ISK: 0, JPY: 0, KMF: 0, KRW: 0, PYG: 0, RWF: 0, UGX: 0, UYI: 0, VND: 0, VUV: 0, XAF: 0,
  XOF: 0, XPF: 0, BHD: 3, IQD: 3, JOD: 3, KWD: 3, LYD: 3, OMR: 3, TND: 3, CLF: 4, UYW: 4,
};

/** How many digits a currency's minor unit has. */
export const digitsOf = (currency) => DIGITS[currency] ?? 2;

/** An amount in minor units, as text: `money(25000, "INR")` is ₹250.00. `short` leaves out a zero fraction. */
export const money = (amount, currency, { short = false } = {}) => {
  const digits = digitsOf(currency);
  const shown = short && amount % 10 ** digits === 0 ? 0 : digits;
  return new Intl.NumberFormat(locale, {
    style: "currency", currency, minimumFractionDigits: shown, maximumFractionDigits: shown,
  }).format(amount / 10 ** digits);
};

/** Text that a person typed, in minor units; NaN where it is no amount. */
export const minorUnits = (text, currency) => {
  const number = Number(String(text).trim().replace(",", "."));
  return String(text).trim() === "" ? NaN : Math.round(number * 10 ** digitsOf(currency));
};

const at = (iso, timeZone, options) => new Intl.DateTimeFormat(locale, { timeZone, ...options }).format(new Date(iso));

export const clock = (iso, timeZone) => at(iso, timeZone, { hour: "numeric", minute: "2-digit" });
export const day = (iso, timeZone) => at(iso, timeZone, { weekday: "short", day: "numeric", month: "short" });
export const longDay = (iso, timeZone) => at(iso, timeZone, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
export const dayAndClock = (iso, timeZone) =>
  at(iso, timeZone, { weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });

/** The calendar day of an instant by a theater's clock, as the API writes days: 2026-11-30. */
export const dateIn = (instant, timeZone) =>
  new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" }).format(new Date(instant));

/** A day some days after another, both as 2026-11-30. */
export const dateAfter = (date, days) => {
  const moved = new Date(`${date}T12:00:00Z`);
  moved.setUTCDate(moved.getUTCDate() + days);
  return moved.toISOString().slice(0, 10);
};

/** A day as 2026-11-30, in words. */
export const dateText = (date, options = { weekday: "short", day: "numeric", month: "short" }) =>
  new Intl.DateTimeFormat(locale, { timeZone: "UTC", ...options }).format(new Date(`${date}T12:00:00Z`));

export const number = (value) => value.toLocaleString(locale);
export const percent = (share) => new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 }).format(share);

/** Minutes and seconds that are left: 9:59. */
export const countdown = (seconds) => {
  const left = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
};

/** A run time in minutes: 2 h 35 min. */
export const duration = (minutes) => {
  const unit = (value, name) => new Intl.NumberFormat(locale, { style: "unit", unit: name, unitDisplay: "short" }).format(value);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return [hours ? unit(hours, "hour") : "", rest ? unit(rest, "minute") : ""].filter(Boolean).join(" ");
};

/** A seat as people say it: C7, or `Balcony 7`. */
export const seatLabel = ({ label }) =>
  /^[A-Za-z]{1,2}$/.test(label.row) ? `${label.row}${label.number}` : `${label.row} ${label.number}`;
