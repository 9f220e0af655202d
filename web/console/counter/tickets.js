// How many tickets of each type are sold together. Pure.

export const MOST = 10;

/** How many tickets there are. @param {Record<string, number>} counts by type */
export const total = (counts) => Object.values(counts).reduce((sum, count) => sum + count, 0);

/** As many tickets as seats: the first type takes what is missing, the last ones give what is too much. */
export const fitted = (counts, types, seats) => {
  const fit = { ...counts };
  let rest = seats - total(counts);
  if (rest > 0) fit[types[0]] = (fit[types[0]] ?? 0) + rest;
  for (const type of [...types].reverse()) {
    if (rest >= 0) break;
    const gives = Math.min(fit[type] ?? 0, -rest);
    fit[type] = (fit[type] ?? 0) - gives;
    rest += gives;
  }
  return fit;
};

/**
 * One more or one less of a type. Where the seats are chosen already (`seats` > 0) their number stays: another type gives
 * or takes. Null where that cannot be.
 */
export const changed = (counts, types, type, by, seats) => {
  const next = { ...counts, [type]: (counts[type] ?? 0) + by };
  if (seats) {
    const other = types.find((one) => one !== type && next[one] - by >= 0) ?? (by < 0 ? types.find((one) => one !== type) : undefined);
    if (other === undefined) return null;
    next[other] = (next[other] ?? 0) - by;
  }
  const isPossible = Object.values(next).every((count) => count >= 0) && total(next) >= 1 && total(next) <= MOST;
  return isPossible ? next : null;
};

/** The type of each seat, in the order of the seats. */
export const typesOf = (counts, types, seatIds) => {
  const listed = types.flatMap((type) => Array(counts[type] ?? 0).fill(type));
  return Object.fromEntries(seatIds.map((seatId, at) => [seatId, listed[at] ?? types[0]]));
};
