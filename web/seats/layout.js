// Where rows, seats and aisles are drawn: from the answer of availability to places, in units of which PITCH lie between
// the centres of two neighbours. Nothing here knows a document.

export const PITCH = 24;
const AISLE = 18;
const EMPTY_ROW = 16;
const SIDE = 40; // for the rows' labels
const TOP = 66; // for the screen
const BOTTOM = 14;

/**
 * @typedef {{seatId: string, row: string, number: number, label: {row: string, number: string}, type: string,
 *   price: number, status: string, accessible?: boolean, companionOf?: string, pairedWith?: string, mine?: boolean}} Seat
 * @typedef {{label: string, y: number, left: number, right: number, seats: number[]}} Row  its seats from left to right
 * @typedef {{x: number, y: number, row: number}} Place  centre of a seat, and the index of its row
 * @typedef {{x: number, y: number, width: number, height: number}} Box
 * @typedef {{width: number, height: number, rows: Row[], places: Place[], aisles: Box[], pairs: number[][]}} Hall
 */

/** A → 0, Z → 25, AA → 26. */
export const rowIndex = (letters) => [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;

/** 0 → A, 25 → Z, 26 → AA. */
export function rowLetters(index) {
  let letters = "";
  for (let rest = index + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters;
  }
  return letters;
}

/** The columns that an aisle follows in a row, from the left. */
function aislesOf(layout, letters) {
  const columns = (layout.aisles ?? [])
    .filter((aisle) => typeof aisle === "number" || !aisle.rows?.length || aisle.rows.includes(letters))
    .map((aisle) => (typeof aisle === "number" ? aisle : aisle.after));
  return [...new Set(columns)].sort((one, other) => one - other);
}

/** Each row of the grid: its top, its height, its aisles, and how far it is moved so that short rows stand central. */
function gridRows(layout, seats) {
  const used = new Set(seats.map(({ row }) => rowIndex(row)));
  const [first, last] = [Math.min(...used), Math.max(...used)];
  const grid = [];
  let top = TOP;
  for (let index = 0; index <= last; index += 1) {
    const height = used.has(index) ? PITCH : index < first ? 0 : EMPTY_ROW;
    grid.push({ top, height, hasSeats: used.has(index), aisles: aislesOf(layout, rowLetters(index)) });
    top += height;
  }
  const most = Math.max(0, ...grid.map(({ aisles }) => aisles.length));
  grid.forEach((row) => { row.shift = ((most - row.aisles.length) * AISLE) / 2; });
  return { grid, bottom: top };
}

const seatX = (row, column) => row.shift + (column - 0.5) * PITCH + row.aisles.filter((after) => after < column).length * AISLE;
const aisleX = (row, place) => row.shift + row.aisles[place] * PITCH + place * AISLE;

/** Aisles as boxes, each as long as it goes straight on. */
function aisleBoxes(grid, left, right) {
  const boxes = [];
  let open = new Map();
  for (const row of grid) {
    const here = new Map();
    row.aisles.forEach((_, place) => {
      const x = aisleX(row, place);
      if (x <= left || x >= right) return;
      const box = open.get(x) ?? { x, y: row.top, width: AISLE, height: 0 };
      if (!open.has(x)) boxes.push(box);
      box.height += row.height;
      here.set(x, box);
    });
    open = here;
    if (!row.hasSeats && row.height) boxes.push({ x: left, y: row.top, width: right - left, height: row.height });
  }
  return boxes;
}

/** The label that most seats of a row bear. */
function labelOf(seats) {
  const counts = new Map();
  for (const { label } of seats) counts.set(label.row, (counts.get(label.row) ?? 0) + 1);
  return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best))[0];
}

function rowsOf(seats, places) {
  const rows = [];
  const byLetters = new Map();
  seats.forEach((seat, index) => {
    if (!byLetters.has(seat.row)) byLetters.set(seat.row, []);
    byLetters.get(seat.row).push(index);
  });
  for (const indexes of byLetters.values()) {
    indexes.sort((one, other) => places[one].x - places[other].x);
    indexes.forEach((index) => { places[index].row = rows.length; });
    const ends = [places[indexes[0]].x, places[indexes.at(-1)].x];
    const label = labelOf(indexes.map((index) => seats[index]));
    rows.push({ label, y: places[indexes[0]].y, left: ends[0] - PITCH / 2, right: ends[1] + PITCH / 2, seats: indexes });
  }
  return rows;
}

/** Each pair of a couple once, as indexes of its seats. */
function pairsOf(seats) {
  const indexOf = new Map(seats.map(({ seatId }, index) => [seatId, index]));
  return seats.flatMap(({ pairedWith }, index) => {
    const other = indexOf.get(pairedWith);
    return other > index ? [[index, other]] : [];
  });
}

/**
 * Where everything is drawn.
 * @param {{layout: {rows: number, cols: number, aisles: (number | {after: number, rows?: string[]})[]}, seats: Seat[]}} answer
 * @returns {Hall}
 */
export function hallOf({ layout, seats }) {
  const { grid, bottom } = gridRows(layout, seats);
  const places = seats.map(({ row, number }) => {
    const line = grid[rowIndex(row)];
    return { x: seatX(line, number), y: line.top + PITCH / 2, row: 0 };
  });
  const rows = rowsOf(seats, places);
  const left = Math.min(...rows.map((row) => row.left));
  const right = Math.max(...rows.map((row) => row.right));
  const aisles = rows.length ? aisleBoxes(grid, left, right) : [];
  for (const each of [...places, ...aisles]) each.x += SIDE - left;
  for (const row of rows) {
    row.left += SIDE - left;
    row.right += SIDE - left;
  }
  const width = rows.length ? right - left + 2 * SIDE : 2 * SIDE + PITCH;
  return { width, height: bottom + BOTTOM, rows, places, aisles, pairs: pairsOf(seats) };
}

/** The seat nearest to a point, by its index, where one is near enough to be meant; else -1. */
export function nearest(hall, x, y, within = PITCH * 0.75) {
  let best = -1;
  let least = within ** 2;
  hall.places.forEach((place, index) => {
    const distance = (place.x - x) ** 2 + (place.y - y) ** 2;
    if (distance < least) [best, least] = [index, distance];
  });
  return best;
}
