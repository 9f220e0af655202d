// A film in a line: what kind it is, how long, in which language.
import { duration } from "../base/format.js";
import { genreText, languageText } from "./names.js";

/** Without what is not known. */
export const filmLine = (film) =>
  [film.genres.map(genreText).join(", "), film.runtime && duration(film.runtime), film.rating, languageText(film.language)].filter(Boolean).join(" · ");

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();

/** Whether a film's title has the words that somebody looks for, case and accents aside. */
export const hasTitle = (film, wanted) => plain(film.title).includes(plain(wanted.trim()));
