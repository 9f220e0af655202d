// What is known of the seats' states, and how news is folded into it. Nothing here knows a document or a network.

/** The letters of the live part, as words. */
export const STATES = { a: "available", h: "held", s: "sold", b: "blocked" };
const LETTERS = { available: "a", held: "h", sold: "s", blocked: "b" };

/**
 * @typedef {{version: number, letters: string[]}} Known
 * @typedef {{known: Known, changed: number[], ask?: boolean}} News  `ask`: the map is to be asked for again
 */

/** @returns {Known} what an answer of availability says */
export const knownOf = ({ version, seats }) => ({ version, letters: seats.map(({ status }) => LETTERS[status] ?? "b") });

/** @returns {number[]} where two lists of letters differ */
export const difference = (before, after) =>
  after.flatMap((letter, index) => (letter === before[index] ? [] : [index]));

/** The whole map, as `watch` acknowledges it or the stream begins: an older one than is known says nothing. */
export function afterSnapshot(known, { version, state }) {
  if (state.length !== known.letters.length) return { known, changed: [], ask: true };
  if (version <= known.version) return { known, changed: [] };
  const letters = [...state];
  return { known: { version, letters }, changed: difference(known.letters, letters) };
}

/**
 * A change covers the versions from `since` to `version`. One that begins after what is known leaves a gap: ask again. One
 * that begins before still says how its seats are at `version`.
 */
export function afterChange(known, { version, since, changes }, indexOf) {
  if (since > known.version || (version === since && !changes.length)) return { known, changed: [], ask: true };
  if (version <= known.version) return { known, changed: [] };
  const letters = [...known.letters];
  for (const [seatId, letter] of changes) {
    const index = indexOf.get(seatId);
    if (index === undefined) return { known, changed: [], ask: true };
    letters[index] = letter;
  }
  return { known: { version, letters }, changed: difference(known.letters, letters) };
}
