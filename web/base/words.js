// What the pages say, in the reader's language. English is what the code says; `web/words/<language>/<area>.js` has the
// others, by the English text.
import { lasting } from "./storage.js";

export const LANGUAGES = { en: "English", hi: "हिन्दी", ta: "தமிழ்" };

const preferred = () =>
  [lasting.read("language"), ...navigator.languages.map((tag) => tag.split("-")[0])].find((tag) => tag in LANGUAGES) ?? "en";

export const language = preferred();
/** For Intl: the reader's own kind of English, Hindi or Tamil. */
export const locale = navigator.languages.find((tag) => tag.split("-")[0] === language && tag.includes("-")) ?? `${language}-IN`;
document.documentElement.lang = language;

/** Speak another language from now on: the page is loaded anew. */
export const speak = (chosen) => {
  lasting.write("language", chosen);
  location.reload();
};

const filled = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
const plurals = new Intl.PluralRules(locale);

/**
 * The words of an area: `say("Seats for {film}", {film})`, and `say.count(2, "{count} seat", "{count} seats")`, whose
 * two texts stand in a translation as `{ one, other }` under the second.
 */
export const area = async (name) => {
  const words = language === "en" ? {} : (await import(`../words/${language}/${name}.js`)).default;
  const say = (text, values = {}) => filled(words[text] ?? text, values);
  say.count = (count, one, other, values = {}) => {
    const forms = words[other] ?? { one, other };
    return filled(forms[plurals.select(count)] ?? forms.other, { count: count.toLocaleString(locale), ...values });
  };
  return say;
};
