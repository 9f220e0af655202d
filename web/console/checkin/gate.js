// A gate without a network: it lets in by its manifest and by what it has scanned, as the package `checkin` does.
import { NotOurs, verifiedTicket } from "./codes.js";
import { PREFIX, knownOf, referenceIn, scanResult } from "./rules.js";

export class Gate {
  /** `manifest` and `keys` as `verifiedManifest` and `pinned` give them. */
  constructor(manifest, keys, deviceId) {
    this.manifest = manifest;
    this.keys = keys;
    this.deviceId = deviceId;
    this.doors = { showtimeId: manifest.showtimeId, opensAt: Date.parse(manifest.opensAt), closesAt: Date.parse(manifest.expiresAt) };
    this.bookings = new Map(manifest.tickets.map((entry) => [entry.bookingId, knownOf(entry, manifest.showtimeId)]));
    this.entries = new Map(manifest.tickets.map((entry) => [entry.bookingId, entry]));
    this.ids = new Map(manifest.tickets.map(({ reference, bookingId }) => [reference, bookingId]));
  }

  /**
   * What comes of a code or reference at a time: `{outcome, first?, reason?, reference?, seats?, labels?}`. `labels` are
   * what the manifest says is painted on the seats; null where the ticket is newer than it, and its seats may be others.
   */
  async scan(text, at) {
    let looked;
    try {
      looked = await this.#lookedUp(text);
    } catch (problem) {
      if (!(problem instanceof NotOurs)) throw problem;
      return { outcome: "invalid_ticket" };
    }
    const { bookingId, known, version, seats } = looked;
    const result = scanResult(known, version, this.doors, at);
    if (result.outcome === "checked_in") {
      this.bookings.set(bookingId, { ...known, version: Math.max(known.version, version ?? 0), first: { at: new Date(at).toISOString(), deviceId: this.deviceId } });
    }
    return { ...result, ...this.#named(bookingId, version, seats) };
  }

  /** How many guests are inside, of how many with a ticket. */
  count() {
    let [inside, expected] = [0, 0];
    for (const [bookingId, { first, refusal }] of this.bookings) {
      const seats = this.entries.get(bookingId)?.seats.length ?? 1;
      if (first) inside += seats;
      if (!refusal) expected += seats;
    }
    return { inside, expected };
  }

  #named(bookingId, version, seats) {
    const entry = this.entries.get(bookingId);
    if (!entry) return seats ? { seats } : {};
    const { reference } = entry;
    return version > entry.version ? { reference, seats, labels: null } : { reference, seats: entry.seats, labels: entry.labels };
  }

  // A ticket that the manifest does not name was sold later and admits; a reference that it does not name is nobody's.
  async #lookedUp(text) {
    if (!text.startsWith(PREFIX)) {
      const bookingId = this.ids.get(referenceIn(text)) ?? null;
      return { bookingId, known: this.bookings.get(bookingId) ?? null, version: null };
    }
    const ticket = await verifiedTicket(text, this.keys);
    const known = this.bookings.get(ticket.bookingId) ?? { version: ticket.version, refusal: null, first: null };
    return { bookingId: ticket.bookingId, known: { ...known, showtimeId: ticket.showtimeId }, version: ticket.version, seats: ticket.seats };
  }
}
