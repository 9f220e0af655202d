// Halls as text and as layouts, and what painting makes of them. Argument: the folder of the pages.
import assert from "node:assert/strict";

const folder = `${process.argv[2]}/console/layouts`;
const { gridOf, layoutOf } = await import(`${folder}/grid.js`);
const { aisleAfter, blankLayout, painted, patchOf, placesOf, resized, rowIndex, rowLetters, sent, typeOf, withAisle } = await import(`${folder}/layout.js`);
const seatsOf = (layout) => placesOf(layout).filter((place) => place.isSeat);
const find = (layout, id) => placesOf(layout).find((place) => place.id === id);

for (const index of [0, 25, 26, 99]) assert.equal(rowIndex(rowLetters(index)), index);
assert.equal(rowLetters(27), "AB");

const text = ["", "A: .ff|ff.", "", "C: @css|sxs", "   pp|<>pp", ""].join("\n");
const { layout, problems } = layoutOf(text, { factors: { premium: 1.5 } });
assert.deepEqual(problems, []);
assert.deepEqual([layout.rows, layout.cols], [4, 9]);
assert.deepEqual(layout.rowLabels, ["A", null, "C", "D"]);
assert.deepEqual(layout.aisles, [{ after: 3, rows: ["A"] }, { after: 4, rows: ["C"] }, { after: 5, rows: ["D"] }]);
assert.deepEqual(layout.seatTypes, [{ type: "front", rows: ["A"], priceFactor: 1 }, { type: "standard", rows: ["C"], priceFactor: 1 }, { type: "premium", rows: ["D"], priceFactor: 1.5 }]);
assert.deepEqual([layout.accessible, layout.companions, layout.blocked, layout.pairs], [["C1"], { C2: "C1" }, ["C6"], [["D6", "D7"]]]);
assert.equal(seatsOf(layout).length, 4 + 7 + 6);
assert.deepEqual(layoutOf("ss|ss\nss|ss").layout.aisles, [2], "an aisle through all rows is a column");

const wrong = layoutOf("\nss?s\nsp\n|s<s\nc.@\n").problems.map(({ line, column, code }) => [line, column, code]);
assert.deepEqual(wrong, [[2, 3, "unknown"], [3, 2, "two_types"], [4, 1, "aisle_at_wall"], [4, 3, "half_pair"], [5, 1, "companion_alone"]]);
assert.equal(layoutOf("...\n").problems[0].code, "no_seats");
assert.deepEqual(layoutOf("K: s!").problems[0], { line: 1, column: 5, code: "unknown", values: { character: "!" } }, "columns are those of the text");

const again = layoutOf(gridOf(layout), { factors: { premium: 1.5 } }).layout;
assert.deepEqual(placesOf(again), placesOf(layout), "what is written is read back");

let hall = blankLayout(3, 4);
assert.equal(seatsOf(hall).length, 12);
hall = painted(painted(hall, "accessible", "B2"), "companion", "B3");
assert.deepEqual(hall.companions, { B3: "B2" });
assert.deepEqual(painted(hall, "gap", "B2").companions, {}, "with the accessible seat goes its companion");
assert.deepEqual(painted(hall, "companion", "A1").companions, hall.companions, "none without an accessible seat beside it");
hall = painted(hall, "pair", "C1");
assert.deepEqual(hall.pairs, [["C1", "C2"]]);
assert.deepEqual(painted(hall, "blocked", "C2").blocked, ["C2", "C1"], "of a pair both are blocked");
assert.deepEqual(withAisle(hall, 1).pairs, [], "an aisle parts a pair");
assert.ok(aisleAfter(withAisle(hall, 1), "A", 1));
assert.ok(!aisleAfter(withAisle(withAisle(hall, 1), 1), "A", 1));
assert.equal(find({ ...hall, numbering: { from: "right", count: "columns" } }, "A1").label.number, "4");

const typed = { ...hall, seatTypes: [...hall.seatTypes, { type: "premium", rows: ["-"], priceFactor: 2 }] };
assert.deepEqual(sent(typed).seatTypes.map(({ type }) => type), ["standard"], "a type without a row is not sent");
const premium = painted(typed, "type:premium", "C1");
assert.equal(typeOf(premium, "C"), "premium");
assert.equal(typeOf(painted(premium, "type:standard", "C4"), "C"), "standard");
assert.deepEqual(sent(resized(premium, 2, 3)).seatTypes.map(({ type }) => type), ["standard"]);
assert.deepEqual([resized(hall, 2, 2).companions, resized(hall, 2, 2).pairs], [{}, []]);
assert.deepEqual(patchOf(hall, { ...hall, companions: { B1: "B2" } }).companions, { B3: null, B1: "B2" });
