import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { CONNECTIONS, ZOOMS } from "../../web/seats/controls.js";
import { FAILURES } from "../../web/seats/stage.js";
import { WORDS_OF_STATES, namesIn, short } from "../../web/seats/names.js";
import { LANGUAGES, TRANSLATIONS, languageOf, sayIn, typeIn } from "../../web/seats/words.js";

const FOLDER = new URL("../../web/seats/", import.meta.url);
const seat = { seatId: "C7", label: { row: "C", number: "7" }, type: "standard", price: 25000 };

test("a seat's name says row, number, type, price and state", () => {
  const names = namesIn("en", "INR");
  assert.equal(names.full(seat, "available", false), "Row C, seat 7, standard, ₹250.00, available");
  assert.equal(names.full(seat, "available", true), "Row C, seat 7, standard, ₹250.00, available, selected");
  assert.equal(names.full(seat, "sold", false), "Row C, seat 7, standard, ₹250.00, sold");
  assert.equal(names.full(seat, "mine", false), "Row C, seat 7, standard, ₹250.00, held for you");
});

test("what is special of a seat is said after its state", () => {
  const names = namesIn("en", "INR");
  const others = { C8: { label: { row: "C", number: "8" } } };
  const seatOf = (id) => others[id];
  assert.equal(names.full({ ...seat, accessible: true }, "available", false, seatOf), "Row C, seat 7, standard, ₹250.00, available, wheelchair space");
  assert.equal(names.full({ ...seat, companionOf: "C8" }, "available", false, seatOf), "Row C, seat 7, standard, ₹250.00, available, companion’s seat of C8");
  assert.equal(names.full({ ...seat, pairedWith: "C8" }, "held", false, seatOf), "Row C, seat 7, standard, ₹250.00, held, sold together with C8");
});

test("labels of more than letters and digits are two words", () => {
  assert.equal(short({ label: { row: "C", number: "7" } }), "C7");
  assert.equal(short({ label: { row: "Box", number: "1a" } }), "Box 1a");
});

test("a name has the currency of the show", () => {
  assert.match(namesIn("en", "JPY").full({ ...seat, price: 1500 }, "available"), /¥1,500, available/);
  assert.match(namesIn("hi", "INR").full({ ...seat, price: 12345678 }, "available"), /₹1,23,456\.78/);
});

test("languages are known by the beginning of their tag", () => {
  assert.deepEqual(["hi-IN", "TA", "en-GB", "fr", "", undefined].map(languageOf), ["hi", "ta", "en", "en", "en", "en"]);
});

test("a type that nobody knows is said as the theater writes it", () => {
  assert.deepEqual([typeIn("en", "gold_class"), typeIn("hi", "Standard"), typeIn("ta", "gold")], ["gold class", "सामान्य", "gold"]);
});

/** Whatever is said by the code: texts in `say("…")` and `note("…")`, and tables of words. */
function texts() {
  const code = readdirSync(FOLDER).filter((name) => name !== "words.js").map((name) => readFileSync(new URL(name, FOLDER), "utf8"));
  const inCalls = code.flatMap((text) => [...text.matchAll(/\b(?:say|note)\(\s*"([^"]+)"/g)].map((match) => match[1]));
  const inTables = [CONNECTIONS, ZOOMS, FAILURES, WORDS_OF_STATES].flatMap((table) => Object.values(table));
  return new Set([...inCalls, ...inTables]);
}

test("every text is said in every language, with the same values", () => {
  const said = texts();
  assert.ok(said.size > 30);
  for (const language of LANGUAGES.filter((each) => each !== "en")) {
    const words = TRANSLATIONS[language];
    assert.deepEqual([...said].filter((text) => !(text in words)), [], language);
    assert.deepEqual(Object.keys(words).filter((text) => !said.has(text)), [], `${language} says what nobody says`);
    for (const [text, translated] of Object.entries(words)) {
      const values = (phrase) => [...phrase.matchAll(/\{\w+\}/g)].map(String).sort();
      assert.deepEqual(values(translated), values(text));
    }
  }
});

test("values are put where a language wants them", () => assert.equal(sayIn("hi")("Row {row}, seat {number}", { row: "C", number: "7" }), "पंक्ति C, सीट 7"));
