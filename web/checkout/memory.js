// What a browser remembers of the purchase for a showtime, so that a reload or another tab goes on where it was.
import { lasting } from "../base/storage.js";

const KNOWN_SECONDS = 3600; // for so long the API knows a hold that has ended

const name = (showtimeId) => `sale.${showtimeId}`;
const passName = (showtimeId) => `pass.${showtimeId}`;

/** `{seatIds, ticketTypes, holdId, expiresAt, total, refreshes, bookingId, paymentId, isTried, trace}`, as far as it has come. */
export const remembered = (showtimeId) => lasting.read(name(showtimeId)) ?? {};
export const remember = (showtimeId, changes) => lasting.write(name(showtimeId), { ...remembered(showtimeId), ...changes });
export const forget = (showtimeId) => lasting.write(name(showtimeId), null);

/** Whether the API still knows the hold that is remembered: an older one is not asked for. */
export const isKnown = ({ holdId, expiresAt }) =>
  Boolean(holdId) && (!expiresAt || Date.parse(expiresAt) + KNOWN_SECONDS * 1000 > Date.now());

/** The pass of the waiting room, while it is good. */
export const passOf = (showtimeId) => {
  const pass = lasting.read(passName(showtimeId));
  return pass && Date.parse(pass.expiresAt) > Date.now() ? pass.pass : null;
};
export const keepPass = (showtimeId, pass, expiresAt) => lasting.write(passName(showtimeId), pass ? { pass, expiresAt } : null);
