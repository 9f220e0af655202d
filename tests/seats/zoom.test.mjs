import assert from "node:assert/strict";
import { test } from "node:test";
import { PITCH, hallOf } from "../../web/seats/layout.js";
import { shapesOf, pathOf } from "../../web/seats/shapes.js";
import { scalesOf, scrollAfter } from "../../web/seats/zoom.js";
import { aHall } from "./halls.mjs";

const phone = { width: 326, height: 420 };

test("at first a finger can meet each seat, however large the hall", () => {
  for (const [rows, cols] of [[4, 10], [15, 18], [40, 50]]) {
    const { first } = scalesOf(hallOf(aHall({ rows, cols })), phone);
    assert.ok(first * PITCH >= 24 && first * PITCH <= 40);
  }
});

test("the smallest scale shows the whole hall", () => {
  const hall = hallOf(aHall({ rows: 40, cols: 50 }));
  const { least, first, most } = scalesOf(hall, phone);
  assert.ok(hall.width * least <= phone.width && hall.height * least <= phone.height);
  assert.ok(least <= first && first < most);
});

test("a small hall is not blown up", () => {
  const { least, first } = scalesOf(hallOf(aHall({ rows: 2, cols: 3 })), { width: 1200, height: 700 });
  assert.ok(first * PITCH <= 40 && least <= first);
});

test("what lies under the fingers stays there", () => {
  const [scroll, at, before, after] = [100, 40, 1, 2];
  const point = (scroll + at) / before;
  assert.equal(point * after - scrollAfter(scroll, at, before, after), at);
});

test("each type has a shape of its own and each state a sign of its own", () => {
  const shapes = shapesOf(["front", "standard", "premium", "vip", "gold class", "couple", "box"]);
  assert.equal(new Set([...shapes.values()].map(({ path }) => path)).size, 7);
  const { path } = shapes.get("standard");
  const drawn = ["available", "held", "sold", "blocked", "mine"].map((state) => pathOf(path, state, false));
  assert.equal(new Set([...drawn, pathOf(path, "available", true)]).size, 6);
});

test("more types than shapes are drawn all the same", () => {
  const types = Array.from({ length: 12 }, (_, index) => `type ${index}`);
  assert.ok([...shapesOf(types).values()].every(({ path, hue }) => path && hue < 6));
});
