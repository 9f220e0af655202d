// The business day's arithmetic, in zones with and without a change of clocks. Argument: the folder of the pages.
import assert from "node:assert/strict";

const { businessDateOf, businessDay, conflicts, hoursOf, instantOf, mondayOf, shareOf, snapped, startOf, timeOf } = await import(
  `${process.argv[2]}/console/schedule/timeline.js`
);
const at = (text) => Date.parse(text);
const show = (id, startAt, endAt, screenId = "scr_1") => ({ id, startAt, endAt, screenId, status: "scheduled" });

const day = businessDay("2026-12-01", "Asia/Kolkata");
assert.deepEqual(day, { from: at("2026-12-01T00:30:00Z"), to: at("2026-12-02T00:30:00Z") });
assert.equal(startOf("2026-12-01", "01:15", "Asia/Kolkata"), at("2026-12-01T19:45:00Z"), "after midnight is the night of the day before");
assert.equal(startOf("2026-12-01", "06:00", "Asia/Kolkata"), day.from);
assert.equal(businessDateOf(at("2026-12-01T19:45:00Z"), "Asia/Kolkata"), "2026-12-01");
assert.equal(timeOf(at("2026-12-01T19:45:00Z"), "Asia/Kolkata"), "01:15");
assert.equal(hoursOf(businessDay("2026-10-24", "Europe/Berlin")).length, 25, "clocks go back");
assert.equal(hoursOf(businessDay("2026-03-28", "Europe/Berlin")).length, 23, "clocks go forward");
assert.equal(instantOf("2026-03-29", 150, "Europe/Berlin"), at("2026-03-29T01:30:00Z"), "02:30 is left out: an hour on");

const shows = [show("sho_a", "2026-12-01T06:00:00Z", "2026-12-01T08:00:00Z"), show("sho_b", "2026-12-01T06:00:00Z", "2026-12-01T08:00:00Z", "scr_2")];
const from = (start, end) => ({ start: at(`2026-12-01T${start}:00Z`), end: at(`2026-12-01T${end}:00Z`) });
const ids = (span, options) => conflicts(span, "scr_1", shows, options).map(({ id }) => id);
assert.deepEqual(ids(from("08:15", "09:00")), [], "cleaning is over");
assert.deepEqual(ids(from("08:10", "09:00")), ["sho_a"], "cleaning after the other");
assert.deepEqual(ids(from("04:00", "05:50")), ["sho_a"], "cleaning before the other");
assert.deepEqual(ids(from("06:30", "07:00"), { without: "sho_a" }), []);
assert.equal(snapped(at("2026-12-01T06:03:00Z")), at("2026-12-01T06:05:00Z"));
assert.deepEqual(shareOf({ start: day.from + 6 * 3600_000, end: day.from + 12 * 3600_000 }, day), { left: 0.25, width: 0.25 });
assert.equal(shareOf({ start: day.to - 3600_000, end: day.to + 3600_000 }, day).width, 1 / 24, "what reaches past the day ends with it");
assert.equal(mondayOf("2026-12-06"), "2026-11-30");
