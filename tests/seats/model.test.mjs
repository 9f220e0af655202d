import assert from "node:assert/strict";
import { test } from "node:test";
import { SeatModel } from "../../web/seats/model.js";
import { namesIn } from "../../web/seats/names.js";
import { aHall, later } from "./halls.mjs";

function loaded(hall, { knowsMine = false, max = 10 } = {}) {
  const model = new SeatModel();
  Object.assign(model, { knowsMine, max });
  model.load(hall);
  return model;
}
const at = (model, seatId) => model.indexOf.get(seatId);
const change = (since, version, ...changes) => ({ showtimeId: "sho_1", since, version, changes });

test("a seat is chosen and let go", () => {
  const model = loaded(aHall());
  assert.deepEqual(model.toggle(at(model, "B2")).changed, [at(model, "B2")]);
  assert.deepEqual(model.selectedIds, ["B2"]);
  model.toggle(at(model, "B2"));
  assert.deepEqual(model.selectedIds, []);
});

test("what is not free cannot be chosen", () => {
  const model = loaded(aHall({ rows: 1, states: "hsba" }));
  assert.deepEqual(["A1", "A2", "A3"].map((id) => model.toggle(at(model, id)).refused), Array(3).fill("not_available"));
  assert.deepEqual(model.selectedIds, []);
});

test("a page that takes seats out may let blocked ones be chosen", () => {
  const model = loaded(aHall({ rows: 1, states: "ab" }));
  model.choosable = new Set(["available", "blocked"]);
  model.toggle(at(model, "A2"));
  assert.deepEqual(model.selectedIds, ["A2"]);
});

test("ten seats at most are chosen, or as many as the page says", () => {
  const model = loaded(aHall({ rows: 3, cols: 4 }));
  const refusals = model.seats.map((_, index) => model.toggle(index).refused);
  assert.deepEqual(refusals.filter(Boolean), ["too_many", "too_many"]);
  assert.equal(model.selection.length, 10);
  const two = loaded(aHall(), { max: 2 });
  two.select(["A1", "A2", "A3"]);
  assert.deepEqual(two.selectedIds, ["A1", "A2"]);
});

const pair = { A2: { pairedWith: "A3" }, A3: { pairedWith: "A2" } };

test("the seats of a pair are chosen and let go together", () => {
  const model = loaded(aHall({ rows: 1, more: pair }));
  assert.deepEqual(model.toggle(at(model, "A3")).together?.length, 2);
  assert.deepEqual([...model.selectedIds].sort(), ["A2", "A3"]);
  model.toggle(at(model, "A2"));
  assert.deepEqual(model.selectedIds, []);
});

test("a pair that passes the most is refused whole", () => {
  const model = loaded(aHall({ rows: 1, more: pair }), { max: 1 });
  assert.equal(model.toggle(at(model, "A2")).refused, "too_many");
  assert.deepEqual(model.selectedIds, []);
});

test("where the other of a pair is gone, the seat is chosen alone", () => {
  const model = loaded(aHall({ rows: 1, more: pair, states: "aasa" }));
  assert.equal(model.toggle(at(model, "A2")).together, undefined);
  assert.deepEqual(model.selectedIds, ["A2"]);
});

test("a seat that somebody takes falls out, and is said to be lost", () => {
  const model = loaded(aHall({ rows: 1 }));
  model.select(["A1", "A2"]);
  const effect = model.hearChange(change(10, 11, ["A2", "h"]));
  assert.deepEqual([effect.lost, effect.changed, effect.ask], [[at(model, "A2")], [at(model, "A2")], false]);
  assert.deepEqual(model.selectedIds, ["A1"]);
});

test("with a token a held seat is not lost before availability says whose it is", () => {
  const hall = aHall({ rows: 1 });
  const model = loaded(hall, { knowsMine: true });
  model.select(["A1", "A2"]);
  const effect = model.hearChange(change(10, 11, ["A1", "h"], ["A2", "h"]));
  assert.deepEqual([effect.lost, effect.ask, model.selectedIds], [[], true, ["A1", "A2"]]);
  const answered = model.load(later(hall, 11, { A1: { status: "held", mine: true }, A2: { status: "held" } }));
  assert.deepEqual([answered.lost, model.selectedIds, model.stateOf(0)], [[at(model, "A2")], ["A1"], "mine"]);
});

test("one's own seats that are sold fall out without being called lost", () => {
  const hall = aHall({ rows: 1, states: "h", more: { A1: { mine: true } } });
  const model = loaded(hall, { knowsMine: true });
  model.select(["A1"]);
  const effect = model.hearChange(change(10, 11, ["A1", "s"]));
  assert.deepEqual([effect.lost, model.selectedIds], [[], []]);
});

test("one's own seats that come free stay chosen", () => {
  const model = loaded(aHall({ rows: 1, states: "h", more: { A1: { mine: true } } }), { knowsMine: true });
  model.select(["A1"]);
  model.hearChange(change(10, 11, ["A1", "a"]));
  assert.deepEqual([model.selectedIds, model.stateOf(0)], [["A1"], "available"]);
});

test("when the token is gone one's own seats stay one's own while they are held", () => {
  const hall = aHall({ rows: 1, states: "hh", more: { A1: { mine: true }, A2: { mine: true } } });
  const model = loaded(hall, { knowsMine: true });
  model.knowsMine = false;
  model.load(later(hall, 12, { A1: { status: "held", mine: undefined }, A2: { status: "available", mine: undefined } }));
  assert.deepEqual([model.stateOf(0), model.stateOf(1)], ["mine", "available"]);
});

test("what is heard while an answer is on its way is folded into it", () => {
  const hall = aHall({ rows: 1 });
  const model = loaded(hall);
  model.hearChange(change(10, 12, ["A1", "s"]), true);
  model.load(later(hall, 11, {}));
  assert.deepEqual([model.known.version, model.stateOf(0)], [12, "sold"]);
});

test("a gap makes us ask, and so does an answer that does not close it", () => {
  const hall = aHall({ rows: 1 });
  const model = loaded(hall);
  assert.ok(model.hearChange(change(14, 15, ["A1", "s"]), true).ask);
  assert.ok(model.load(later(hall, 12, {})).ask);
  assert.ok(!model.load(later(hall, 15, {})).ask);
});

test("a wish from before the first answer counts with it, as far as it can be had", () => {
  const model = new SeatModel();
  model.select(["A1", "A2", "Q9"]);
  const effect = model.load(aHall({ rows: 1, states: "as" }));
  assert.deepEqual(model.selectedIds, ["A1"]);
  assert.deepEqual(effect.lost, [1]);
});

test("only another hall or other prices make the map be drawn anew, and the selection stays", () => {
  const hall = aHall({ rows: 1 });
  const model = loaded(hall);
  model.select(["A3"]);
  const same = model.load(later(hall, 11, { A1: { status: "sold" } }));
  assert.deepEqual([same.redraw, same.changed], [false, [0]]);
  const dearer = model.load(later(hall, 12, { A1: { price: 30000 } }));
  assert.equal(dearer.redraw, true);
  assert.equal(model.load(aHall({ rows: 2, version: 13 })).redraw, true);
  assert.deepEqual(model.selectedIds, ["A3"]);
});

test("the legend lists types by price; a filter leaves the others in the background", () => {
  const model = loaded(aHall({ rows: 2, type: (row) => (row === "A" ? "premium" : "standard"), more: { A1: { price: 40000 }, A2: { price: 50000 }, A3: { price: 45000 }, A4: { price: 45000 } } }));
  assert.deepEqual(model.types(), [{ type: "standard", least: 25000, most: 25000 }, { type: "premium", least: 40000, most: 50000 }]);
  model.filter.add("premium");
  assert.deepEqual([model.isShown(at(model, "A1")), model.isShown(at(model, "B1"))], [true, false]);
});

test("a remark of the page stands at the seats that it points at", () => {
  const model = loaded(aHall({ rows: 1 }));
  assert.deepEqual(model.mark(["A2"], "would be left alone").changed, [at(model, "A2")]);
  assert.equal(namesIn("en", "INR").of(model, at(model, "A2")), "Row A, seat 2, standard, ₹250.00, available, would be left alone");
  model.mark(["A2", "A3"], { A2: "broken" });
  assert.deepEqual([model.remarkOn(at(model, "A2")), model.remarkOn(at(model, "A3"))], ["broken", ""]);
  model.mark(["A2"]);
  assert.deepEqual(model.mark([]).changed, [at(model, "A2")]);
  assert.equal(namesIn("en", "INR").of(model, at(model, "A2")), "Row A, seat 2, standard, ₹250.00, available");
});

test("an event says what is selected", () => {
  const model = loaded(aHall({ rows: 1 }));
  model.select(["A2"]);
  assert.deepEqual(model.described(), {
    seatIds: ["A2"], currency: "INR", seats: [{ seatId: "A2", label: { row: "A", number: "2" }, type: "standard", price: 25000 }],
  });
});

test("thousands of changes in any split end in what the network's map says", () => {
  let dice = 12345;
  const roll = (sides) => { dice = (dice * 1103515245 + 12345) % 2147483648; return Math.floor((dice / 2147483648) * sides); };
  const hall = aHall({ rows: 10, cols: 10, version: 0 });
  const model = loaded(hall);
  const truth = hall.seats.map(() => "a");
  let [version, asked] = [0, 0];
  for (let round = 0; round < 2000; round += 1) {
    const changes = new Map();
    for (let count = roll(5) + 1; count > 0; count -= 1) {
      const index = roll(100);
      truth[index] = "ahsb"[roll(4)];
      changes.set(hall.seats[index].seatId, truth[index]);
    }
    const since = version;
    version += roll(3) + 1;
    if (roll(10) === 0) continue; // lost on its way
    const effect = model.hearChange(change(since, version, ...changes));
    if (effect.ask) {
      asked += 1;
      const words = { a: "available", h: "held", s: "sold", b: "blocked" };
      model.load({ ...hall, version, seats: hall.seats.map((seat, index) => ({ ...seat, status: words[truth[index]] })) });
    }
    assert.deepEqual(model.known.letters, truth);
  }
  assert.ok(asked > 100);
});
