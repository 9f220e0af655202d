// Pricing rules in words: when … adjust ….
import { dateText, money } from "../../base/format.js";
import { area, locale } from "../../base/words.js";
import { WEEKDAYS } from "./rule.js";

const say = await area("console_prices");
const A_MONDAY = Date.UTC(2024, 0, 1, 12);
const DAY = 24 * 60 * 60_000;

/** A weekday's short name in the reader's language. */
export const weekdayName = (day) =>
  new Intl.DateTimeFormat(locale, { weekday: "short", timeZone: "UTC" }).format(A_MONDAY + WEEKDAYS.indexOf(day) * DAY);

const listed = (items) => new Intl.ListFormat(locale, { type: "unit", style: "short" }).format(items);
const percentOf = (share) => `${Math.round(share * 1000) / 10} %`;

const hoursText = ({ gte, lte }) => {
  if (gte !== undefined && lte !== undefined) return say("{gte} to {lte} hours before the start", { gte, lte });
  return gte === undefined ? say("at most {lte} hours before the start", { lte }) : say("at least {gte} hours before the start", { gte });
};

const fullText = ({ gte, lte }) => {
  const [least, most] = [gte, lte].map((share) => (share === undefined ? "" : percentOf(share)));
  if (least && most) return say("{least} to {most} full", { least, most });
  return least ? say("at least {least} full", { least }) : say("at most {most} full", { most });
};

/** When a rule counts; null for always. */
export const whenText = ({ when = {} }) => {
  const parts = [
    when.daysOfWeek && listed(when.daysOfWeek.map(weekdayName)),
    when.dates && listed(when.dates.map((date) => dateText(date, { day: "numeric", month: "short", year: "numeric" }))),
    when.from && say("from {from} to {to}", { from: when.from.slice(0, 5), to: (when.to ?? "").slice(0, 5) }),
    when.hoursBefore && hoursText(when.hoursBefore),
    when.occupancy && fullText(when.occupancy),
    when.format && say("format {format}", { format: when.format }),
    when.seatType && say("seats of the type {type}", { type: when.seatType }),
    when.ticketType && say("tickets of the type {type}", { type: when.ticketType }),
  ].filter(Boolean);
  return parts.length ? listed(parts) : null;
};

const change = ({ adjust }, currency) => {
  if (adjust.setTo !== undefined && adjust.setTo !== null) return say("the price is {price}", { price: money(adjust.setTo, currency) });
  const by = adjust.percent ?? adjust.amount ?? 0;
  const size = adjust.percent === undefined || adjust.percent === null ? money(Math.abs(by), currency) : `${Math.abs(by)} %`;
  return by < 0 ? say("{size} less", { size }) : say("{size} more", { size });
};

/** What a rule does to the price. */
export const adjustText = (rule, currency) => listed([
  change(rule, currency),
  rule.minPrice !== undefined && say("not below {price}", { price: money(rule.minPrice, currency) }),
  rule.maxPrice !== undefined && say("not above {price}", { price: money(rule.maxPrice, currency) }),
].filter(Boolean));
