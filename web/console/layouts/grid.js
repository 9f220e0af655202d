// A hall written as text: a line a row from the screen, a character a place. Letters are seat types; what is wrong is named by
// line and column.
import { GREATEST, aisleAfter, placesOf, rowLetters, typeOf } from "./layout.js";

/** Characters beside the letters of seat types. */
export const MARKS = { "@": "accessible", x: "blocked", c: "companion", "<": "pair", ">": "pair", "|": "aisle" };
const GAPS = new Set([".", " ", "_", "-"]);

/** Letters that seat types are written by, unless the text's reader chose others. */
export const LETTERS = { s: "standard", p: "premium", f: "front", r: "recliner", v: "vip" };

const labelled = (line) => {
  const match = /^\s*([^\s:]{1,10}):\s?/u.exec(line);
  return match ? { label: match[1], rest: line.slice(match[0].length), begins: match[0].length } : { label: null, rest: line, begins: 0 };
};

/** The lines, without those that are empty before the first and after the last. */
const linesOf = (text) => {
  const lines = text.replace(/\t/g, " ").split(/\r?\n/).map((line) => line.trimEnd());
  const first = lines.findIndex(Boolean);
  if (first < 0) return { lines: [], first: 0 };
  const last = lines.findLastIndex(Boolean);
  return { lines: lines.slice(first, last + 1), first };
};

/** One line: its places, and the columns that aisles follow. */
const read = (line, letters, problem) => {
  const { label, rest, begins } = labelled(line);
  const row = { label, cells: [], aisles: [], type: null };
  [...rest].forEach((character, at) => {
    const column = begins + at + 1;
    const lower = character.toLowerCase();
    if (character === "|") {
      if (row.cells.length) row.aisles.push(row.cells.length);
      else problem(column, "aisle_at_wall");
    } else if (GAPS.has(character)) row.cells.push({ kind: "gap", column });
    else if (character in MARKS || lower in MARKS) row.cells.push({ kind: MARKS[character] ?? MARKS[lower], mark: character, column });
    else if (lower in letters) {
      const type = letters[lower];
      if (row.type && row.type !== type) problem(column, "two_types", { one: row.type, other: type });
      row.type ??= type;
      row.cells.push({ kind: "seat", column });
    } else {
      problem(column, "unknown", { character });
      row.cells.push({ kind: "gap", column });
    }
  });
  return row;
};

const placed = (layout, row, index, problem) => {
  const letters = rowLetters(index);
  const idAt = (at) => letters + (at + 1);
  const isApart = (at) => row.aisles.includes(at + 1); // an aisle between this place and the next
  row.cells.forEach((cell, at) => {
    const id = idAt(at);
    if (cell.kind === "gap") return layout.gaps.push(id);
    if (cell.kind === "accessible" || cell.kind === "blocked") return layout[cell.kind].push(id);
    if (cell.mark === "<") {
      const isPair = row.cells[at + 1]?.mark === ">" && !isApart(at);
      return isPair ? layout.pairs.push([id, idAt(at + 1)]) : problem(cell.column, "half_pair");
    }
    if (cell.mark === ">") return row.cells[at - 1]?.mark === "<" || problem(cell.column, "half_pair");
    if (cell.kind === "companion") {
      const near = [at + 1, at - 1].find((other) => row.cells[other]?.kind === "accessible");
      return near === undefined ? problem(cell.column, "companion_alone") : (layout.companions[id] = idAt(near));
    }
    return undefined;
  });
  for (let at = row.cells.length; at < layout.cols; at += 1) layout.gaps.push(idAt(at));
};

const aislesOf = (rows) => {
  const withSeats = rows.map((row, index) => [row, rowLetters(index)]).filter(([row]) => row.cells.length);
  const columns = [...new Set(rows.flatMap((row) => row.aisles))].sort((a, b) => a - b);
  return columns.map((after) => {
    const through = withSeats.filter(([row]) => row.aisles.includes(after)).map(([, letters]) => letters);
    return through.length === withSeats.length ? after : { after, rows: through };
  });
};

const typesOf = (rows, factors) => {
  const byType = new Map();
  rows.forEach((row, index) => row.cells.some((cell) => cell.kind !== "gap") && byType.set(row.type ?? "standard", [...(byType.get(row.type ?? "standard") ?? []), rowLetters(index)]));
  return [...byType].map(([type, letters]) => ({ type, rows: letters, priceFactor: factors[type] ?? 1 }));
};

/**
 * The layout of a text and its problems: `{layout, problems: [{line, column, code, values}]}`, lines and columns from 1.
 * `letters` say which seat type a letter is, `factors` the types' price factors.
 */
export const layoutOf = (text, { letters = LETTERS, factors = {}, numbering = { from: "left", count: "columns" } } = {}) => {
  const problems = [];
  const { lines, first } = linesOf(text);
  const problemIn = (index) => (column, code, values = {}) => problems.push({ line: first + index + 1, column, code, values });
  const rows = lines.map((line, index) => read(line, letters, problemIn(index)));
  const cols = Math.max(0, ...rows.map((row) => row.cells.length));
  rows.forEach((row, index) => row.aisles.filter((after) => after >= row.cells.length && after >= cols).forEach(() => problemIn(index)(lines[index].length, "aisle_at_wall")));
  if (rows.length > GREATEST) problemIn(GREATEST)(1, "too_many_rows");
  if (cols > GREATEST) problemIn(rows.findIndex((row) => row.cells.length === cols))(GREATEST + 1, "too_wide");
  const layout = {
    rows: rows.length, cols, aisles: aislesOf(rows), seatTypes: typesOf(rows, factors), gaps: [], blocked: [], accessible: [], companions: {}, pairs: [],
    rowLabels: [], numbering, seatLabels: {},
  };
  rows.forEach((row, index) => placed(layout, row, index, problemIn(index)));
  if (rows.some((row) => row.label !== null || !row.cells.length)) {
    layout.rowLabels = rows.map((row, index) => (row.cells.length ? row.label ?? rowLetters(index) : null));
  }
  if (!rows.some((row) => row.cells.some((cell) => cell.kind !== "gap"))) problems.push({ line: 1, column: 1, code: "no_seats", values: {} });
  return { layout, problems: problems.sort((a, b) => a.line - b.line || a.column - b.column) };
};

/** Letters for a layout's types: those of `LETTERS` where they mean the same, else the first free letter. */
export const lettersOf = (layout) => {
  const letters = {};
  for (const { type } of layout.seatTypes) {
    const usual = Object.keys(LETTERS).find((letter) => LETTERS[letter] === type);
    const free = [...(type.toLowerCase().match(/[a-z]/g) ?? []), ..."abdefghijklmnopqrstuvwyz"].find((letter) => !(letter in letters) && !(letter in MARKS) && !(letter in LETTERS));
    letters[usual ?? free] = type;
  }
  return Object.keys(letters).length ? letters : { s: "standard" };
};

/** A layout as text that `layoutOf` reads. What text cannot say is left out: a mark at one place, own labels of seats. */
export const gridOf = (layout) => {
  const letters = lettersOf(layout);
  const letterOf = (row) => Object.keys(letters).find((letter) => letters[letter] === typeOf(layout, row)) ?? "s";
  const lines = new Map();
  for (const place of placesOf(layout)) {
    let mark = letterOf(place.row);
    if (!place.isSeat) mark = ".";
    else if (place.blocked) mark = "x";
    else if (place.accessible) mark = "@";
    else if (place.companionOf) mark = "c";
    else if (place.pairedWith) mark = Number(place.pairedWith.slice(place.row.length)) > place.number ? "<" : ">";
    const aisle = aisleAfter(layout, place.row, place.number) ? "|" : "";
    lines.set(place.row, (lines.get(place.row) ?? "") + mark + aisle);
  }
  return [...lines].map(([row, line], index) => {
    const label = layout.rowLabels[index];
    return label === null ? "" : `${label ?? row}: ${line}`;
  }).join("\n");
};
