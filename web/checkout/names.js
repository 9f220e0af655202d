// What seats, their types and tickets are called.
import { area, language } from "../base/words.js";
import { short } from "../seats/names.js";
import { typeIn } from "../seats/words.js";

const say = await area("checkout");

/** A seat as people say it, `C7`; by its id, from all seats. */
export const seatName = (seat) => short(seat);
export const nameOf = (seats, seatId) => {
  const seat = seats.find((each) => each.seatId === seatId);
  return seat ? short(seat) : seatId;
};
export const namesOf = (seats, seatIds) => new Intl.ListFormat(language, { type: "conjunction" }).format(seatIds.map((id) => nameOf(seats, id)));

const capital = (text) => text.charAt(0).toLocaleUpperCase(language) + text.slice(1);
export const typeName = (type) => capital(typeIn(language, type));

// What the API names in English where a theater has not named its own.
const FEES = { "Convenience fee": () => say("Convenience fee") };
export const feeName = (name) => FEES[name]?.() ?? name;
/** A tax by its name; that on a fee is named after it. */
export const taxName = (name, fees) => {
  const fee = fees.find((each) => name === `${each.name} tax`);
  return fee ? say("Tax on: {fee}", { fee: feeName(fee.name) }) : name;
};
