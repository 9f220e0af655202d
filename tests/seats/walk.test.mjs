import assert from "node:assert/strict";
import { test } from "node:test";
import { hallOf } from "../../web/seats/layout.js";
import { walked } from "../../web/seats/walk.js";
import { aHall } from "./halls.mjs";

const answer = aHall({ rows: 4, cols: 6, aisles: [3], gaps: ["B1", "B2", "A4"], emptyRows: ["C"] });
const hall = hallOf(answer);
const index = (seatId) => answer.seats.findIndex((seat) => seat.seatId === seatId);

/** Where keys lead, one after the other. */
function walk(from, ...keys) {
  let [at, goalX] = [index(from), undefined];
  for (const key of keys) {
    const step = walked(hall, at, typeof key === "string" ? { key } : key, goalX);
    at = step.to;
    goalX = /Up|Down/.test(key) ? step.goalX : undefined;
  }
  return answer.seats[at].seatId;
}

test("left and right go on across aisles and gaps, and stop at the ends of the row", () => {
  assert.equal(walk("A3", "ArrowRight"), "A5");
  assert.equal(walk("B3", "ArrowRight"), "B4");
  assert.equal(walk("A5", "ArrowLeft"), "A3");
  assert.equal(walk("A6", "ArrowRight"), "A6");
  assert.equal(walk("B3", "ArrowLeft"), "B3");
});

test("up and down go to the nearest seat of the next row that has seats", () => {
  assert.equal(walk("A1", "ArrowDown"), "B3");
  assert.equal(walk("B5", "ArrowDown"), "D5");
  assert.equal(walk("A2", "ArrowUp"), "A2");
  assert.equal(walk("D2", "ArrowDown"), "D2");
});

test("a walk past a shorter row keeps to its width", () => {
  assert.equal(walk("A1", "ArrowDown", "ArrowDown"), "D1");
  assert.equal(walk("D1", "ArrowUp", "ArrowUp"), "A1");
});

test("Home and End are the row's ends, with Ctrl the hall's", () => {
  assert.equal(walk("B5", "Home"), "B3");
  assert.equal(walk("B3", "End"), "B6");
  assert.equal(walk("B5", { key: "Home", ctrl: true }), "A1");
  assert.equal(walk("B5", { key: "End", ctrl: true }), "D6");
});

test("every seat is reached from every other", () => {
  const seen = new Set([0]);
  const open = [0];
  while (open.length) {
    const from = open.pop();
    for (const key of ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]) {
      const { to } = walked(hall, from, { key });
      if (!seen.has(to)) open.push(to);
      seen.add(to);
    }
  }
  assert.equal(seen.size, answer.seats.length);
});

test("other keys do not walk", () => assert.equal(walked(hall, 0, { key: "a" }), null));
