// What went wrong, in words that say what to do next.
import { area } from "./words.js";

const say = await area("base");

const WORDS = {
  offline: () => say("You seem to be offline. Nothing is lost: try again when you are connected."),
  service_unavailable: () => say("We cannot do that right now. Nothing is lost: please try again in a moment."),
  deadline_exceeded: () => say("That took too long, and may still happen. Look again in a moment."),
  internal: () => say("Something went wrong on our side. Please try again."),
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

/** What is wrong with a field, by the path of it in the body; null for nothing. */
export const errorOf = (problem, path) => problem?.errors?.find((error) => error.path === path)?.message ?? null;
