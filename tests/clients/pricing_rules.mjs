// Pricing rules between form and API. Argument: the folder of the pages.
import assert from "node:assert/strict";

const { fieldsOf, moved, ruleOf, unreadable } = await import(`${process.argv[2]}/console/prices/rule.js`);

const rule = {
  name: "Weekend evenings",
  when: {
    daysOfWeek: ["sat", "sun"], from: "18:00", to: "23:30", dates: ["2026-12-25"], hoursBefore: { lte: 2.5 }, occupancy: { gte: 0.35, lte: 0.9 },
    format: "IMAX", seatType: "premium", ticketType: "adult",
  },
  adjust: { percent: -12.5 }, minPrice: 10000, maxPrice: 45050,
};
assert.deepEqual(ruleOf(fieldsOf(rule, 2), 2), rule);
assert.deepEqual(ruleOf(fieldsOf({ ...rule, adjust: { amount: -250 } }, 2), 2).adjust, { amount: -250 });
assert.deepEqual(ruleOf(fieldsOf({ ...rule, adjust: { setTo: 1500 } }, 3), 3).adjust, { setTo: 1500 }, "three digits");
assert.deepEqual(fieldsOf({ ...rule, when: { from: "18:00:00", to: "23:30:00" } }, 2).from, "18:00", "as the API shows it");

const blank = { ...fieldsOf(null, 2), name: "Morning", value: "-10" };
assert.deepEqual(ruleOf(blank, 2), { name: "Morning", when: {}, adjust: { percent: -10 } });
assert.deepEqual(unreadable(blank), []);
assert.deepEqual(unreadable({ ...blank, name: " ", value: "much", dates: "25.12.2026", from: "10:00", fullAtLeast: "half" }).sort(), ["dates", "fullAtLeast", "name", "to", "value"]);
assert.deepEqual(moved(["a", "b", "c"], 2, -1), ["a", "c", "b"]);
assert.deepEqual(moved(["a", "b"], 0, -1), ["a", "b"]);
