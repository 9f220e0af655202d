// Halls for the tests, as availability answers them.
import { rowLetters } from "../../web/seats/layout.js";

/** `states` has a letter for each seat, left out: all available; `more` gives members of single seats. */
export function aHall({ rows = 3, cols = 4, aisles = [], gaps = [], emptyRows = [], states = "", more = {}, version = 10, price = 25000, type = () => "standard" } = {}) {
  const words = { a: "available", h: "held", s: "sold", b: "blocked" };
  const seats = [];
  for (let index = 0; index < rows; index += 1) {
    const row = rowLetters(index);
    for (let number = 1; number <= cols; number += 1) {
      const seatId = `${row}${number}`;
      if (gaps.includes(seatId) || emptyRows.includes(row)) continue;
      seats.push({
        seatId, row, number, label: { row, number: String(number) }, type: type(row), price,
        status: words[states[seats.length] ?? "a"], ...more[seatId],
      });
    }
  }
  return { showtimeId: "sho_1", version, currency: "INR", layout: { rows, cols, aisles }, seats };
}

/** The same hall with some seats in other states, at another version. */
export const later = (hall, version, states) => ({
  ...hall, version, seats: hall.seats.map((seat) => ({ ...seat, ...states[seat.seatId] })),
});
