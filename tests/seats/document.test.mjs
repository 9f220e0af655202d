// docs/seat-map.md says what the component takes and says, all of it and nothing else.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const page = read("docs/seat-map.md");
const element = read("web/seats/element.js");
const styles = read("web/seats/styles.js");

/** What stands in code marks in the first column of a section's tables. */
function entries(section) {
  const text = page.split(`## ${section}\n`)[1].split("\n## ")[0];
  return text.split("\n").filter((line) => line.startsWith("| `")).flatMap((line) => [...line.split("|")[1].matchAll(/`([^`]+)`/g)].map((match) => match[1]));
}
const matches = (text, pattern) => new Set([...text.matchAll(pattern)].map((match) => match[1]));
const sorted = (names) => [...new Set(names)].sort();

test("each attribute is named", () => {
  const observed = JSON.parse(element.match(/observedAttributes = (\[[^\]]*\])/)[1]);
  const styled = matches(styles, /:host\(\[(\w+)="/g);
  const named = entries("Attributes and properties").filter((name) => /^[a-z]+$/.test(name));
  assert.deepEqual(sorted([...observed, ...styled]).filter((name) => !named.includes(name)), []);
});

test("each property and each method is named", () => {
  const members = matches(element, /^ {2}(?:get )?(\w+)\([^)]*\) \{/gm);
  const ours = sorted(members).filter((name) => !/^(constructor|connectedCallback|disconnectedCallback|attributeChangedCallback)$/.test(name));
  const named = entries("Attributes and properties").map((name) => name.replace(/\(.*/, ""));
  assert.deepEqual(ours.filter((name) => !named.includes(name)), []);
  assert.deepEqual(named.filter((name) => !["lang", "theme", "choose"].includes(name) && !ours.includes(name)), []);
});

test("each event is named", () => {
  assert.deepEqual(sorted(entries("Events")), sorted(matches(element, /"(marquee-(?:selection|state|error))"/g)));
});

test("each colour is named", () => {
  const named = entries("Looks").filter((name) => !name.startsWith("--marquee-type"));
  const used = matches(styles, /var\((--marquee-[a-z-]+)(?=[,)])/g);
  assert.deepEqual(sorted(named), sorted(used));
  assert.deepEqual(sorted(matches(styles, /var\(--marquee-type-(\d)/g)), ["1", "2", "3", "4", "5", "6"]);
});

test("the module graph of a foreign page imports by relative paths alone", () => {
  const seen = new Set();
  const visit = (name) => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const [, path] of read(`web/seats/${name}`).matchAll(/^import [^"]*"([^"]+)";$/gm)) {
      assert.match(path, /^\.\/\w+\.js$/);
      visit(path.slice(2));
    }
  };
  visit("element.js");
  assert.ok(seen.size > 10);
});
