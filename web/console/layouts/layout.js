// A hall's layout as the API has it: which places are seats, what is painted on them, and what an edit makes of it.

export const GREATEST = 100; // rows, and columns
/** Stands among the rows of a seat type that is new: it has none yet, which is not the same as taking all others. */
export const UNUSED = "-";

/** The letters of a row of the grid, counted from 0: A, B, … Z, AA, …. */
export const rowLetters = (index) => (index < 26 ? "" : rowLetters(Math.floor(index / 26) - 1)) + String.fromCharCode(65 + (index % 26));
/** The index of a row by its letters. */
export const rowIndex = (letters) => [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
/** Row and column of a place: C7 is `["C", 7]`. */
export const placeOf = (seatId) => {
  const [, row, number] = /^([A-Z]+)(\d+)$/.exec(seatId);
  return [row, Number(number)];
};

/** An empty hall: all standard seats. */
export const blankLayout = (rows = 8, cols = 12) => ({
  rows, cols, aisles: [], seatTypes: [{ type: "standard", rows: [], priceFactor: 1 }], gaps: [], blocked: [], accessible: [], companions: {}, pairs: [],
  rowLabels: [], numbering: { from: "left", count: "columns" }, seatLabels: {},
});

const rowLabel = (layout, index) => (index < layout.rowLabels.length ? layout.rowLabels[index] : rowLetters(index));
/** The seat type of a row. */
export const typeOf = (layout, row) =>
  layout.seatTypes.find((type) => type.rows.includes(row))?.type ?? layout.seatTypes.find((type) => !type.rows.length)?.type ?? "standard";

/** Whether an aisle follows a column in a row. */
export const aisleAfter = (layout, row, column) =>
  layout.aisles.some((aisle) => (typeof aisle === "number" ? aisle === column : aisle.after === column && (!aisle.rows.length || aisle.rows.includes(row))));

/** All places of the grid, row by row from the screen: `{id, row, number, isSeat, label, type, accessible, blocked, companionOf, pairedWith}`. */
export const placesOf = (layout) => {
  const [gaps, blocked, accessible] = [layout.gaps, layout.blocked, layout.accessible].map((ids) => new Set(ids));
  const partners = new Map(layout.pairs.flatMap(([one, other]) => [[one, other], [other, one]]));
  const places = [];
  for (let index = 0; index < layout.rows; index += 1) {
    const row = rowLetters(index);
    const label = rowLabel(layout, index);
    const type = typeOf(layout, row);
    const all = Array.from({ length: layout.cols }, (_, at) => at + 1);
    const seats = label === null ? [] : all.filter((number) => !gaps.has(row + number));
    const counted = layout.numbering.count === "seats" ? seats : all;
    for (const number of all) {
      const id = row + number;
      const isSeat = label !== null && !gaps.has(id);
      const at = counted.indexOf(number) + 1;
      const painted = String(layout.numbering.from === "right" ? counted.length + 1 - at : at);
      places.push({
        id, row, number, isSeat, type, label: isSeat ? layout.seatLabels[id] ?? { row: label, number: painted } : null,
        accessible: accessible.has(id), blocked: blocked.has(id), companionOf: layout.companions[id] ?? null, pairedWith: partners.get(id) ?? null,
      });
    }
  }
  return places;
};

const without = (ids, id) => ids.filter((each) => each !== id);
const toggled = (ids, id) => (ids.includes(id) ? without(ids, id) : [...ids, id]);
const omit = (object, test) => Object.fromEntries(Object.entries(object).filter(([key, value]) => !test(key, value)));

/** The layout without anything said of a place that is no seat any more. */
const freed = (layout, id) => ({
  ...layout, blocked: without(layout.blocked, id), accessible: without(layout.accessible, id),
  companions: omit(layout.companions, (key, value) => key === id || value === id),
  pairs: layout.pairs.filter((pair) => !pair.includes(id)), seatLabels: omit(layout.seatLabels, (key) => key === id),
});

const neighbours = (layout, id) => {
  const [row, number] = placeOf(id);
  const right = aisleAfter(layout, row, number) ? null : row + (number + 1);
  const left = number > 1 && !aisleAfter(layout, row, number - 1) ? row + (number - 1) : null;
  return [right, left].filter((each) => each && placesOf(layout).some((place) => place.id === each && place.isSeat));
};

const paired = (layout, id) => {
  if (layout.pairs.some((pair) => pair.includes(id))) return { ...layout, pairs: layout.pairs.filter((pair) => !pair.includes(id)) };
  const partner = neighbours(layout, id).find((each) => !layout.pairs.some((pair) => pair.includes(each)));
  if (!partner) return layout;
  const pair = [id, partner].sort((one, other) => placeOf(one)[1] - placeOf(other)[1]);
  const bothBlocked = pair.some((each) => layout.blocked.includes(each)) ? [...new Set([...layout.blocked, ...pair])] : layout.blocked;
  return { ...layout, pairs: [...layout.pairs, pair], blocked: bothBlocked };
};

const accompanied = (layout, id) => {
  if (layout.companions[id]) return { ...layout, companions: omit(layout.companions, (key) => key === id) };
  const seat = neighbours(layout, id).find((each) => layout.accessible.includes(each));
  return seat && !layout.accessible.includes(id) ? { ...layout, companions: { ...layout.companions, [id]: seat } } : layout;
};

const blockedAt = (layout, id) => {
  const partner = layout.pairs.find((pair) => pair.includes(id))?.find((each) => each !== id);
  const isBlocked = layout.blocked.includes(id);
  const others = layout.blocked.filter((each) => each !== id && each !== partner);
  return { ...layout, blocked: isBlocked ? others : [...others, id, ...(partner ? [partner] : [])] };
};

/** The layout in which a row is of a type that the layout knows. The type without rows takes all that no other names. */
export const withRowType = (layout, row, type) => ({
  ...layout,
  seatTypes: layout.seatTypes.map((each) => {
    if (!each.rows.length) return each;
    const rows = each.rows.filter((other) => other !== row && other !== UNUSED);
    if (each.type === type) return { ...each, rows: [...rows, row].sort((one, other) => rowIndex(one) - rowIndex(other)) };
    return { ...each, rows: rows.length ? rows : [UNUSED] };
  }),
});

/** An aisle after a column, through all rows; taken away where there is one. */
export const withAisle = (layout, column) => {
  const others = layout.aisles.filter((aisle) => (typeof aisle === "number" ? aisle : aisle.after) !== column);
  const next = others.length === layout.aisles.length ? [...others, column] : others;
  const aisles = next.sort((a, b) => (a.after ?? a) - (b.after ?? b));
  const isOpen = ([one]) => !aisleAfter({ aisles }, ...placeOf(one));
  return { ...layout, aisles, pairs: layout.pairs.filter(isOpen) };
};

/** What a tool makes of a layout at a place. Tools: gap, blocked, accessible, companion, pair, and `type:<name>`, which paints the row. */
export const painted = (layout, tool, id) => {
  if (tool === "gap") return layout.gaps.includes(id) ? { ...layout, gaps: without(layout.gaps, id) } : { ...freed(layout, id), gaps: [...layout.gaps, id] };
  if (tool.startsWith("type:")) return withRowType(layout, placeOf(id)[0], tool.slice(5));
  const place = placesOf(layout).find((each) => each.id === id);
  if (!place?.isSeat) return layout;
  if (tool === "blocked") return blockedAt(layout, id);
  if (tool === "pair") return paired(layout, id);
  if (tool === "companion") return accompanied(layout, id);
  const changed = { ...layout, accessible: toggled(layout.accessible, id), companions: omit(layout.companions, (key, value) => key === id || value === id) };
  return tool === "accessible" ? changed : layout;
};

/** The layout with so many rows and columns; what falls outside goes. */
export const resized = (layout, rows, cols) => {
  const isInside = (id) => rowIndex(placeOf(id)[0]) < rows && placeOf(id)[1] <= cols;
  const inside = (row) => row === UNUSED || rowIndex(row) < rows;
  const aisles = layout.aisles.filter((aisle) => (aisle.after ?? aisle) < cols)
    .map((aisle) => (typeof aisle === "number" ? aisle : { ...aisle, rows: aisle.rows.filter(inside) }))
    .filter((aisle, at) => typeof aisle === "number" || aisle.rows.length || !layout.aisles[at].rows?.length);
  const labels = layout.rowLabels.length ? Array.from({ length: rows }, (_, at) => (at < layout.rowLabels.length ? layout.rowLabels[at] : rowLetters(at))) : [];
  return {
    ...layout, rows, cols, aisles, rowLabels: labels,
    seatTypes: layout.seatTypes.map((type) => ({ ...type, rows: type.rows.filter(inside) })).filter((type, at) => type.rows.length || !layout.seatTypes[at].rows.length),
    gaps: layout.gaps.filter(isInside), blocked: layout.blocked.filter(isInside), accessible: layout.accessible.filter(isInside),
    companions: omit(layout.companions, (key, value) => !isInside(key) || !isInside(value)), pairs: layout.pairs.filter((pair) => pair.every(isInside)),
    seatLabels: omit(layout.seatLabels, (key) => !isInside(key)),
  };
};

/** The layout as it is sent: a seat type that no row was painted with takes none, so it is left out. */
export const sent = (layout) => ({
  ...layout, seatTypes: layout.seatTypes.map((type) => ({ ...type, rows: type.rows.filter((row) => row !== UNUSED) })).filter((type, at) => type.rows.length || !layout.seatTypes[at].rows.length),
});

/** The change from one layout to another: what was taken out of objects is null in it. */
export const patchOf = (before, after) => {
  const removed = (name) => Object.fromEntries(Object.keys(before[name]).filter((key) => !(key in after[name])).map((key) => [key, null]));
  return { ...after, companions: { ...removed("companions"), ...after.companions }, seatLabels: { ...removed("seatLabels"), ...after.seatLabels } };
};
