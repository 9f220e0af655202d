import assert from "node:assert/strict";
import { test } from "node:test";
import { afterChange, afterSnapshot, knownOf } from "../../web/seats/states.js";
import { aHall } from "./halls.mjs";

const hall = aHall({ rows: 1, cols: 4, states: "ahsb", version: 10 });
const indexOf = new Map(hall.seats.map(({ seatId }, index) => [seatId, index]));
const known = knownOf(hall);

test("availability is known as letters", () => assert.deepEqual(known, { version: 10, letters: ["a", "h", "s", "b"] }));

test("a change that follows says which seats differ", () => {
  const news = afterChange(known, { since: 10, version: 12, changes: [["A1", "h"], ["A3", "s"]] }, indexOf);
  assert.deepEqual(news, { known: { version: 12, letters: ["h", "h", "s", "b"] }, changed: [0] });
});

test("a change that begins after what is known leaves a gap", () => {
  const news = afterChange(known, { since: 11, version: 12, changes: [["A1", "h"]] }, indexOf);
  assert.deepEqual(news, { known, changed: [], ask: true });
});

test("a change that overlaps with what is known is taken, an old one is not", () => {
  const overlapping = afterChange(known, { since: 8, version: 11, changes: [["A1", "s"]] }, indexOf);
  assert.deepEqual(overlapping.known, { version: 11, letters: ["s", "h", "s", "b"] });
  assert.deepEqual(afterChange(known, { since: 8, version: 10, changes: [["A1", "s"]] }, indexOf), { known, changed: [] });
});

test("a change of nothing says that the map is another one", () => {
  assert.ok(afterChange(known, { since: 10, version: 10, changes: [] }, indexOf).ask);
});

test("a seat that nobody knows makes us ask", () => {
  assert.ok(afterChange(known, { since: 10, version: 11, changes: [["Z9", "h"]] }, indexOf).ask);
});

test("a snapshot says which seats differ; an older one nothing; one of another length makes us ask", () => {
  assert.deepEqual(afterSnapshot(known, { version: 11, state: "aasb" }), { known: { version: 11, letters: [..."aasb"] }, changed: [1] });
  assert.deepEqual(afterSnapshot(known, { version: 9, state: "aaaa" }), { known, changed: [] });
  assert.deepEqual(afterSnapshot(known, { version: 11, state: "aas" }), { known, changed: [], ask: true });
});

test("any order of changes that overlap ends in the same state", () => {
  const changes = [
    { since: 10, version: 11, changes: [["A1", "h"]] },
    { since: 11, version: 12, changes: [["A2", "s"]] },
    { since: 10, version: 13, changes: [["A1", "a"], ["A2", "s"], ["A4", "a"]] },
  ];
  const end = (order) => order.reduce((state, change) => afterChange(state, change, indexOf).known, known);
  const wanted = { version: 13, letters: [..."assa"] };
  assert.deepEqual(end(changes), wanted);
  assert.deepEqual(end([changes[2], changes[0], changes[1]]), wanted);
  assert.deepEqual(end([changes[0], changes[2], changes[1]]), wanted);
});
