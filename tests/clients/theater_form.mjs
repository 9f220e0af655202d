// A theater between its form and the API. Argument: the folder of the pages.
import assert from "node:assert/strict";

const { bodyOf, fieldsOf, unreadable } = await import(`${process.argv[2]}/console/theaters/form.js`);

const theater = {
  name: "Lotus", address: "12 Marine Walk", city: "Mumbai", geo: { lat: 18.9, lng: 72.8 }, timezone: "Asia/Kolkata", contact: { phone: null, email: "a@example.org" },
  amenities: ["Parking", "Café"], cancellationPolicy: { tiers: [{ hoursBefore: 24, refundPercent: 100 }, { hoursBefore: 1.5, refundPercent: 50 }], feesRefunded: true },
  forbidsSingleSeats: true, code: "ML", taxId: null,
};
assert.deepEqual(bodyOf(fieldsOf(theater), false), theater, "what is not touched stays");
assert.deepEqual(bodyOf({ ...fieldsOf(theater), tiers: [{ hoursBefore: "2", refundPercent: "50" }, { hoursBefore: "48", refundPercent: "100" }] }, false).cancellationPolicy.tiers.map((tier) => tier.hoursBefore), [48, 2]);
assert.ok(!("code" in bodyOf({ ...fieldsOf(null), name: "New" }, true)), "a code is given when none is chosen");
assert.deepEqual(unreadable({ ...fieldsOf(theater), lat: "north", tiers: [{ hoursBefore: "", refundPercent: "1" }] }), ["lat", "tiers"]);
assert.deepEqual(unreadable(fieldsOf(theater)), []);
