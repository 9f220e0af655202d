// Walking from seat to seat by keys. Nothing here knows a document.

/** The seat of a row that is nearest to a place in width. */
function nearestOf(hall, row, x) {
  return row.seats.reduce((best, index) =>
    Math.abs(hall.places[index].x - x) < Math.abs(hall.places[best].x - x) ? index : best);
}

/** The first seat in a direction that `mayStop` allows; the seat itself where there is none. */
function along(indexes, from, direction, mayStop) {
  for (let at = indexes.indexOf(from) + direction; at >= 0 && at < indexes.length; at += direction) {
    if (mayStop(indexes[at])) return indexes[at];
  }
  return from;
}

function upOrDown(hall, from, direction, goalX, mayStop) {
  for (let at = hall.places[from].row + direction; at >= 0 && at < hall.rows.length; at += direction) {
    const seats = hall.rows[at].seats.filter(mayStop);
    if (seats.length) return nearestOf(hall, { seats }, goalX);
  }
  return from;
}

const ends = (indexes, mayStop) => indexes.filter(mayStop);

/**
 * Where a key leads from a seat. Left and right go on across aisles and gaps and stop at the row's ends; up (towards the
 * screen) and down keep to the width `goalX` at which the walk began, also past shorter rows; Home and End are the row's
 * ends, with Ctrl those of the hall.
 * @param {import("./layout.js").Hall} hall
 * @returns {{to: number, goalX: number} | null} null for a key that does not walk
 */
export function walked(hall, from, { key, ctrl = false }, goalX = hall.places[from].x, mayStop = () => true) {
  const row = hall.rows[hall.places[from].row];
  const to = (index) => ({ to: index ?? from, goalX: hall.places[index ?? from].x });
  switch (key) {
    case "ArrowLeft": return to(along(row.seats, from, -1, mayStop));
    case "ArrowRight": return to(along(row.seats, from, 1, mayStop));
    case "ArrowUp": return { to: upOrDown(hall, from, -1, goalX, mayStop), goalX };
    case "ArrowDown": return { to: upOrDown(hall, from, 1, goalX, mayStop), goalX };
    case "Home": return to(ends(ctrl ? hall.rows.flatMap(({ seats }) => seats) : row.seats, mayStop).at(0));
    case "End": return to(ends(ctrl ? hall.rows.flatMap(({ seats }) => seats) : row.seats, mayStop).at(-1));
    default: return null;
  }
}
