import assert from "node:assert/strict";
import { test } from "node:test";
import { PITCH, hallOf, nearest, rowIndex, rowLetters } from "../../web/seats/layout.js";
import { aHall } from "./halls.mjs";

const at = (answer, hall, seatId) => hall.places[answer.seats.findIndex((seat) => seat.seatId === seatId)];

test("rows are lettered like the columns of a sheet", () => {
  assert.deepEqual([0, 25, 26, 51, 52, 701].map(rowLetters), ["A", "Z", "AA", "AZ", "BA", "ZZ"]);
  for (let index = 0; index < 800; index += 1) assert.equal(rowIndex(rowLetters(index)), index);
});

test("seats without an aisle between are one pitch apart, over an aisle more", () => {
  const answer = aHall({ cols: 4, aisles: [2] });
  const hall = hallOf(answer);
  assert.equal(at(answer, hall, "A2").x - at(answer, hall, "A1").x, PITCH);
  assert.ok(at(answer, hall, "A3").x - at(answer, hall, "A2").x > PITCH * 1.5);
  assert.equal(at(answer, hall, "B3").x, at(answer, hall, "A3").x);
  assert.equal(at(answer, hall, "B1").y - at(answer, hall, "A1").y, PITCH);
});

test("an aisle of some rows parts these alone, and the others stand central between the walls", () => {
  const answer = aHall({ rows: 2, cols: 4, aisles: [{ after: 2, rows: ["A"] }] });
  const hall = hallOf(answer);
  assert.equal(at(answer, hall, "B3").x - at(answer, hall, "B2").x, PITCH);
  assert.ok(at(answer, hall, "A3").x - at(answer, hall, "A2").x > PITCH);
  const middle = (row) => (at(answer, hall, `${row}1`).x + at(answer, hall, `${row}4`).x) / 2;
  assert.equal(middle("A"), middle("B"));
  const lengths = hall.aisles.map(({ height }) => height);
  assert.deepEqual(lengths, [PITCH]);
});

test("an aisle of all rows is drawn as one box as long as the hall", () => {
  const hall = hallOf(aHall({ rows: 5, cols: 6, aisles: [3] }));
  assert.deepEqual(hall.aisles.map(({ height }) => height), [5 * PITCH]);
});

test("a row without seats is a way across, and is named by none", () => {
  const answer = aHall({ rows: 3, emptyRows: ["B"] });
  const hall = hallOf(answer);
  assert.deepEqual(hall.rows.map(({ label }) => label), ["A", "C"]);
  const ways = hall.aisles.filter(({ width }) => width > PITCH);
  assert.equal(ways.length, 1);
  assert.ok(ways[0].y >= at(answer, hall, "A1").y + PITCH / 2 && ways[0].y + ways[0].height <= at(answer, hall, "C1").y - PITCH / 2);
});

test("a gap leaves its place empty, and columns that no row uses take no room", () => {
  const answer = aHall({ rows: 1, cols: 5, gaps: ["A1", "A3"] });
  const hall = hallOf(answer);
  assert.equal(at(answer, hall, "A4").x - at(answer, hall, "A2").x, 2 * PITCH);
  const margins = [at(answer, hall, "A2").x, hall.width - at(answer, hall, "A5").x];
  assert.equal(margins[0], margins[1]);
});

test("a row bears the label of most of its seats", () => {
  const answer = aHall({ rows: 1, cols: 3, more: { A1: { label: { row: "Box", number: "1" } }, A2: { label: { row: "H", number: "1" } }, A3: { label: { row: "H", number: "2" } } } });
  assert.equal(hallOf(answer).rows[0].label, "H");
});

test("pairs are given once", () => {
  const answer = aHall({ rows: 1, cols: 4, more: { A1: { pairedWith: "A2" }, A2: { pairedWith: "A1" } } });
  assert.deepEqual(hallOf(answer).pairs, [[0, 1]]);
});

test("no two seats are drawn over each other in any kind of hall", () => {
  const answer = aHall({ rows: 30, cols: 40, aisles: [10, { after: 20, rows: ["A", "AA"] }, 30], emptyRows: ["K"], gaps: ["A1", "AB40"] });
  const { places } = hallOf(answer);
  assert.equal(new Set(places.map(({ x, y }) => `${x} ${y}`)).size, places.length);
});

test("a hall without a seat is drawn empty", () => {
  const hall = hallOf({ ...aHall({ rows: 1, cols: 1 }), seats: [] });
  assert.deepEqual([hall.rows, hall.places, hall.aisles], [[], [], []]);
  assert.ok(Number.isFinite(hall.width) && Number.isFinite(hall.height));
});

test("a touch beside a seat means the nearest, one far away none", () => {
  const answer = aHall({ rows: 2, cols: 2 });
  const hall = hallOf(answer);
  const { x, y } = at(answer, hall, "B1");
  assert.equal(nearest(hall, x - 3, y + 11), answer.seats.findIndex(({ seatId }) => seatId === "B1"));
  assert.equal(nearest(hall, x, y + 40), -1);
});
