// What seats are called, aloud and in the list. Nothing here knows a document.
import { moneyIn } from "./money.js";
import { sayIn, typeIn } from "./words.js";

/** The words for seats in a language and a currency. */
export function namesIn(lang, currency) {
  const say = sayIn(lang);
  const money = moneyIn(lang, currency);
  const place = ({ label }) => say("Row {row}, seat {number}", label);

  /** What is said of few seats, after the state. */
  const remarks = (seat, seatOf) => [
    seat.accessible && say("wheelchair space"),
    seat.companionOf && seatOf(seat.companionOf) && say("companion’s seat of {seat}", { seat: short(seatOf(seat.companionOf)) }),
    seat.pairedWith && seatOf(seat.pairedWith) && say("sold together with {seat}", { seat: short(seatOf(seat.pairedWith)) }),
  ];

  const full = (seat, state, isSelected, seatOf = () => undefined) =>
    [place(seat), typeIn(lang, seat.type), money(seat.price), say(WORDS_OF_STATES[state]), ...remarks(seat, seatOf), isSelected && say("selected")]
      .filter(Boolean).join(", ");

  return {
    say, money, place,
    type: (type) => typeIn(lang, type),
    state: (state) => say(WORDS_OF_STATES[state]),
    /** `Row C, seat 7, standard, ₹250.00, available`, and what else is to be said. */
    full,
    /** The same of a seat of a model, with what the page remarks on it. */
    of: (model, index) =>
      [full(model.seats[index], model.stateOf(index), model.isSelected(index), model.seatOf), model.remarkOn(index)].filter(Boolean).join(", "),
    /** What can change of it: state, what is special, what the page remarks. */
    standing: (model, index) => [say(WORDS_OF_STATES[model.stateOf(index)]), ...remarks(model.seats[index], model.seatOf),
      model.isSelected(index) && say("selected"), model.remarkOn(index)].filter(Boolean).join(", "),
  };
}

/** As one word, `C7`, where letters stand before digits; else as two, `Box 1a`. */
export const short = ({ label: { row, number } }) => (/^\p{L}{1,2}$/u.test(row) && /^\d/.test(number) ? `${row}${number}` : `${row} ${number}`);

export const WORDS_OF_STATES = {
  available: "available", held: "held", sold: "sold", blocked: "not for sale", mine: "held for you",
};
