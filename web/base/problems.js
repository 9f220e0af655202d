// What went wrong, in words that say what to do next.
import { number } from "./format.js";
import { area } from "./words.js";

const say = await area("base");

const WORDS = {
  offline: () => say("You seem to be offline. Nothing is lost: try again when you are connected."),
  service_unavailable: () => say("We cannot do that right now. Nothing is lost: please try again in a moment."),
  deadline_exceeded: () => say("That took too long, and may still happen. Look again in a moment."),
  internal_error: () => say("Something went wrong on our side. Please try again."),
  rate_limited: () => say("That was a little fast. Wait a moment and try again."),
  not_authenticated: () => say("Please sign in again."),
  token_expired: () => say("Please sign in again."),
  forbidden: () => say("You are not permitted to do this."),
  not_found: () => say("There is nothing here any more."),
  invalid_credentials: () => say("E-mail or password is not right."),
  email_taken: () => say("There is an account with this e-mail already: sign in instead."),
  invalid_otp: () => say("That code is not right, or too old."),
  otp_attempts: () => say("Too many wrong codes. Ask for a new one."),
  otp_too_soon: () => say("A code was sent just now. Wait a little before the next."),
  user_blocked: () => say("This account is blocked. Please write to us."),
  validation_error: () => say("Some of what was entered is not acceptable."),
  stale_version: () => say("Somebody changed this meanwhile. Load it again and repeat your change."),
};

/** Add words for codes of an area: `{code: (problem) => text}`. */
export const explain = (words) => Object.assign(WORDS, words);

/** A problem in the reader's words; what the API said where there are none of ours. */
export const wordsOf = (problem) => {
  const words = WORDS[problem.code];
  if (words) return words(problem);
  if (problem.code?.endsWith("_not_found")) return WORDS.not_found(problem);
  return problem.message;
};

const FAR = 1_000_000; // a limit beyond it is of money in its smallest unit, and tells nobody anything
const least = ({ limit }) => (Math.abs(limit) < FAR ? say("The least is {limit}.", { limit: number(limit) }) : say("This is too little."));
const most = ({ limit }) => (Math.abs(limit) < FAR ? say("The most is {limit}.", { limit: number(limit) }) : say("This is too much."));

const FAULTS = {
  missing: () => say("This is needed."),
  too_short: ({ limit }) => (limit > 1 ? say.count(limit, "Write {count} character at least.", "Write {count} characters at least.") : say("This is needed.")),
  too_long: ({ limit }) => say.count(limit, "Write {count} character at most.", "Write {count} characters at most."),
  too_few: ({ limit }) => say.count(limit, "Choose {count} at least.", "Choose {count} at least."),
  too_many: ({ limit }) => say.count(limit, "Choose {count} at most.", "Choose {count} at most."),
  too_small: least,
  too_large: most,
  not_offered: () => say("Choose one of what is offered."),
};

// How a value is written that is acceptable, by its path.
const email = () => say("This is no e-mail address.");
const phone = () => say("This is no phone number. Begin with + and the country, as in +91.");
const days = () => say("Choose other days: the first before the last, and both within three years.");
const FIELDS = {
  email,
  "contact.email": email,
  "customer.email": email,
  phone,
  "contact.phone": phone,
  "customer.phone": phone,
  currency: () => say("This is no currency. Its name has three letters, as in INR."),
  movieId: () => say("Choose a film that has a run time."),
  startAt: () => say("Choose a time that is still to come, within three years."),
  basePrice: () => say("Enter a price: neither the theater nor the screen has one."),
  repeat: () => say("That makes no shows, or too many at once. Change the days, the times or the last day."),
  "repeat.times": () => say("Write times as 18:30."),
  "repeat.until": () => say("Choose a day from the first show on, a year later at most."),
  from: days,
  to: days,
  opensAt: () => say("It must open before the show begins."),
  url: () => say("Nothing can be sent to this address. It begins with https:// and is open to the internet."),
  timezone: () => say("Choose a time zone that names a place."),
  code: () => say("Write 1 to 3 capitals or digits."),
};
const withoutIndexes = (path) => path.replace(/\.\d+/g, "");

/** What is wrong with a value, in the reader's words; what the API said where there are none for its kind and field. */
export const faultText = (fault) => FAULTS[fault.code]?.(fault) ?? FIELDS[withoutIndexes(fault.path)]?.() ?? fault.message;

const shownAtField = new WeakSet();

/** What is wrong with a field, by the path of it in the body; null for nothing. */
export const errorOf = (problem, path) => {
  const fault = problem?.errors?.find((error) => error.path === path);
  if (!fault) return null;
  shownAtField.add(fault);
  return faultText(fault);
};

/** What is wrong with values that no field shows: `[{path, text}]`. */
export const faultsElsewhere = (problem) =>
  (problem.errors ?? []).filter((fault) => !shownAtField.has(fault)).map((fault) => ({ path: fault.path, text: faultText(fault) }));
