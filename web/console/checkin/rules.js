// Whether a ticket admits to a show: the rule of the package `checkin`, for a gate in the browser. Pure; times are
// milliseconds.

export const MOST_SCANS = 500; // of one upload
const MOST_CODE = 500;
const MOST_REFERENCE = 40;
const NOT_ADMITTING = "not_on_the_list";
export const PREFIX = "MQ2.";

/**
 * What comes of a ticket that is scanned at these doors.
 * @param {?{showtimeId: string, version: number, refusal: ?string, first: ?{at: string, deviceId: ?string}}} booking null
 *   where ticket or reference are nobody's
 * @param {?number} version the scanned ticket's; null for a reference, which stands for the newest
 * @param {{showtimeId: string, opensAt: number, closesAt: number}} doors
 * @param {number} at
 */
export const scanResult = (booking, version, doors, at) => {
  if (!booking) return { outcome: "invalid_ticket" };
  if (booking.showtimeId !== doors.showtimeId) return { outcome: "wrong_showtime" };
  if (booking.refusal) return { outcome: "not_admitted", reason: booking.refusal };
  if (version !== null && version < booking.version) return { outcome: "not_admitted", reason: "old_version" };
  if (booking.first) return { outcome: "already_checked_in", first: booking.first };
  return { outcome: doors.opensAt <= at && at < doors.closesAt ? "checked_in" : "checkin_closed" };
};

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const READ_AS = { I: "1", L: "1", O: "0", " ": "", "-": "" };

const checkLetter = (letters) => ALPHABET[[...letters].reduce((sum, letter, place) => sum + (2 * place + 1) * ALPHABET.indexOf(letter), 0) % 32];

/** The reference that somebody typed, or null where it cannot be one. */
export const canonical = (typed) => {
  const text = typed.toUpperCase().replace(/[ILO -]/g, (letter) => READ_AS[letter]);
  const isOne = text.length === 8 && [...text].every((letter) => ALPHABET.includes(letter));
  return isOne && checkLetter(text.slice(0, 7)) === text[7] ? text : null;
};

/** A scan as one of the `scans` of an upload. */
export const uploaded = ({ text, at }) => {
  const isCode = text.startsWith(PREFIX) || text.length > MOST_REFERENCE;
  return { ...(isCode ? { qrCode: text.slice(0, MOST_CODE) } : { reference: text }), scannedAt: new Date(at).toISOString() };
};

/** The reference that a text may be: what is longer is none. */
export const referenceIn = (text) => (text.length <= MOST_REFERENCE ? canonical(text) : null);

/** What a manifest's entry says of its booking. */
export const knownOf = (entry, showtimeId) => ({
  showtimeId,
  version: entry.version,
  refusal: entry.admits || entry.first ? null : entry.reason ?? NOT_ADMITTING,
  first: entry.first ?? null,
});
