// What seats, their types and tickets are called.
import { language } from "../base/words.js";
import { short } from "../seats/names.js";
import { typeIn } from "../seats/words.js";

/** A seat as people say it, `C7`; by its id, from all seats. */
export const seatName = (seat) => short(seat);
export const nameOf = (seats, seatId) => {
  const seat = seats.find((each) => each.seatId === seatId);
  return seat ? short(seat) : seatId;
};
export const namesOf = (seats, seatIds) => new Intl.ListFormat(language, { type: "conjunction" }).format(seatIds.map((id) => nameOf(seats, id)));

const capital = (text) => text.charAt(0).toLocaleUpperCase(language) + text.slice(1);
export const typeName = (type) => capital(typeIn(language, type));
