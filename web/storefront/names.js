// Names that the API gives in English, in the reader's language: languages, genres, kinds of seats and tickets.
import { area, locale } from "../base/words.js";

const say = await area("storefront");

const TAGS = "ar as bn de en es fa fr gu he hi id it ja kn ko ml mr ms ne or pa pl pt ru si sv ta te th tl tr uk ur vi zh".split(" ");
const english = new Intl.DisplayNames(["en"], { type: "language" });
const ours = new Intl.DisplayNames([locale], { type: "language" });
const TAG_OF = new Map(TAGS.map((tag) => [english.of(tag), tag]));

const inOurs = (tag) => {
  try {
    return ours.of(tag);
  } catch {
    return tag;
  }
};

/** A film's language, which is a tag or an English name: Hindi, hi. */
export const languageText = (language) =>
  TAG_OF.has(language) ? inOurs(TAG_OF.get(language)) : /^[a-z]{2,3}(-|$)/.test(language ?? "") ? inOurs(language) : language;

const GENRES = {
  Action: () => say("Action"), Adventure: () => say("Adventure"), Animation: () => say("Animation"), Comedy: () => say("Comedy"),
  Crime: () => say("Crime"), Documentary: () => say("Documentary"), Drama: () => say("Drama"), Family: () => say("Family"),
  Fantasy: () => say("Fantasy"), History: () => say("History"), Horror: () => say("Horror"), Music: () => say("Music"),
  Mystery: () => say("Mystery"), Romance: () => say("Romance"), Sport: () => say("Sport"), "Science Fiction": () => say("Science fiction"),
  Thriller: () => say("Thriller"), War: () => say("War"), Western: () => say("Western"),
};
const TICKETS = { adult: () => say("adult"), child: () => say("child"), senior: () => say("senior"), student: () => say("student") };

export const genreText = (genre) => GENRES[genre]?.() ?? genre;
export const ticketText = (type) => TICKETS[type]?.() ?? type;

const AMENITIES = {
  Parking: () => say("Parking"), "Café": () => say("Café"), "Wheelchair access": () => say("Wheelchair access"),
};
export const amenityText = (amenity) => AMENITIES[amenity]?.() ?? amenity;
