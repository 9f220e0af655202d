// The difference of two states, and a user's rights as they are sent. Argument: the folder of the pages.
import assert from "node:assert/strict";

const { differences, valueText } = await import(`${process.argv[2]}/console/audit/difference.js`);
const { grantOf, grantsByTheater, toggled } = await import(`${process.argv[2]}/console/people/rights.js`);

const before = { name: "A", contact: { email: "a@example.org", phone: null }, amenities: ["Parking"], rules: [{ name: "x", adjust: { percent: 10 } }] };
const after = { ...before, contact: { email: "b@example.org", phone: null }, amenities: ["Parking", "Café"], rules: [{ name: "x", adjust: { percent: 12 } }] };
assert.deepEqual(differences(before, after), [
  { path: "contact.email", before: "a@example.org", after: "b@example.org" },
  { path: "amenities", before: ["Parking"], after: ["Parking", "Café"] },
  { path: "rules.0.adjust.percent", before: 10, after: 12 },
]);
assert.deepEqual(differences(null, { name: "A" }), [{ path: "name", before: undefined, after: "A" }]);
assert.deepEqual(differences({ name: "A" }, null), [{ path: "name", before: "A", after: undefined }]);
assert.deepEqual(differences(before, before), []);
assert.deepEqual(differences({ grants: [{ role: "staff" }] }, { grants: [] }), [{ path: "grants.0.role", before: "staff", after: undefined }], "an empty list is nothing");
assert.equal(valueText(["a", 1, null]), "a, 1, null");

const user = { grants: [{ theaterId: "thr_a", role: "staff" }, { theaterId: "thr_a", role: "manager" }, { theaterId: "thr_b", role: "staff" }] };
const grants = grantsByTheater(user);
assert.deepEqual(grantOf(false, grants), { roles: ["user", "staff", "manager"], grants: user.grants });
assert.deepEqual(grantOf(true, {}), { roles: ["user", "admin"], grants: [] });
assert.deepEqual(toggled(toggled({}, "thr_a", "staff"), "thr_a", "staff"), {});
assert.deepEqual(grantOf(false, toggled(grants, "thr_a", "manager")).grants, [{ theaterId: "thr_b", role: "staff" }, { theaterId: "thr_a", role: "staff" }]);
