// The seats of a showtime, what is known of them and what is selected. Views are told which seats to paint anew; nothing
// here knows a document or a network.
import { hallOf } from "./layout.js";
import { STATES, afterChange, afterSnapshot, difference, knownOf } from "./states.js";

export const MOST = 10;
const NOTHING = { changed: [], lost: [] };

/**
 * @typedef {{changed: number[], lost: number[], ask?: boolean}} Effect  seats to paint anew; selected ones that somebody
 *   has taken; whether availability is to be asked for again
 */
export class SeatModel {
  constructor() {
    this.max = MOST;
    this.choosable = new Set(["available", "mine"]);
    this.answer = null;
    /** Whether an answer can say which held seats are the caller's own: if so, a held one is not lost before it does. */
    this.knowsMine = false;
    this.filter = new Set();
    this.reset();
  }

  /** Another showtime: nothing is known. */
  reset() {
    this.answer = this.hall = null;
    this.isClosed = false;
    this.known = { version: -1, letters: [] };
    this.indexOf = new Map();
    this.mine = new Set();
    this.marked = new Set();
    this.selection = [];
    this.wished = [];
    this.filter.clear();
    this.heard = [];
  }

  get seats() { return this.answer?.seats ?? []; }

  get selectedIds() { return this.selection.map((index) => this.seats[index].seatId); }

  seatOf = (seatId) => this.seats[this.indexOf.get(seatId)];

  /** One of `available`, `held`, `sold`, `blocked` and `mine`: held for the caller. */
  stateOf(index) {
    const letter = this.known.letters[index];
    return letter === "h" && this.mine.has(index) ? "mine" : STATES[letter] ?? "blocked";
  }

  isSelected(index) { return this.selection.includes(index); }

  mayChoose(index) { return !this.isClosed && this.choosable.has(this.stateOf(index)); }

  isShown(index) { return !this.filter.size || this.filter.has(this.seats[index].type); }

  /**
   * An answer of availability. What the network said while it was on its way is folded in again, for it may be newer.
   * @returns {Effect & {redraw: boolean}}
   */
  load(answer) {
    const redraw = !this.answer || !sameSeats(this.answer, answer);
    const before = { letters: this.known.letters, mine: this.mine };
    const chosen = redraw ? this.selectedIds : [];
    this.answer = answer;
    if (redraw) {
      this.hall = hallOf(answer);
      this.indexOf = new Map(answer.seats.map(({ seatId }, index) => [seatId, index]));
      this.marked = new Set();
      this.selection = chosen.flatMap((seatId) => this.indexOf.get(seatId) ?? []);
    }
    this.known = knownOf(answer);
    this.mine = this.mineIn(answer, redraw);
    const { ask } = this.foldHeard();
    const changed = redraw ? [] : difference(before.letters, this.known.letters);
    for (const index of [...before.mine, ...this.mine]) if (before.mine.has(index) !== this.mine.has(index)) changed.push(index);
    const wished = this.takeWishes();
    const { lost, dropped } = this.dropTaken(before.mine);
    return { redraw, changed: unique([...changed, ...wished, ...dropped]), lost, ask };
  }

  /** The caller's own; what was so before stays so while nobody can be asked about it. */
  mineIn({ seats }, redraw) {
    if (!this.knowsMine && !redraw) return new Set([...this.mine].filter((index) => this.known.letters[index] === "h"));
    return new Set(seats.flatMap(({ mine }, index) => (mine ? [index] : [])));
  }

  foldHeard() {
    let ask = false;
    for (const change of this.heard.splice(0)) {
      const news = afterChange(this.known, change, this.indexOf);
      this.known = news.known;
      ask ||= Boolean(news.ask);
    }
    return { ask };
  }

  /** @returns {Effect} of the whole map, as the network says it */
  hearSnapshot(snapshot) { return this.answer ? this.take(afterSnapshot(this.known, snapshot)) : NOTHING; }

  /** @returns {Effect} of a change, as the network says it; `isAsking` while an answer of availability is on its way */
  hearChange(change, isAsking = false) {
    if (isAsking) this.heard.push(change);
    return this.answer ? this.take(afterChange(this.known, change, this.indexOf)) : NOTHING;
  }

  take({ known, changed, ask }) {
    this.known = known;
    const isDoubtful = this.knowsMine && changed.some((index) => known.letters[index] === "h" && this.isSelected(index));
    const { lost, dropped } = this.dropTaken(this.mine, isDoubtful);
    for (const index of changed) if (known.letters[index] !== "h") this.mine.delete(index);
    return { changed: unique([...changed, ...dropped]), lost, ask: Boolean(ask) || isDoubtful };
  }

  /** Selected seats that cannot be had fall out; those that the caller held go without being called lost. */
  dropTaken(formerlyMine, spareHeld = false) {
    const goes = (index) => !this.mayChoose(index) && !(spareHeld && this.stateOf(index) === "held");
    const dropped = this.selection.filter(goes);
    this.selection = this.selection.filter((index) => !goes(index));
    return { dropped, lost: dropped.filter((index) => !formerlyMine.has(index)) };
  }

  takeWishes() {
    const wished = this.wished.splice(0).flatMap((seatId) => this.indexOf.get(seatId) ?? []);
    if (!wished.length) return [];
    const before = this.selection;
    this.selection = wished.slice(0, this.max);
    return [...before, ...this.selection];
  }

  /** Exactly these seats are selected, as far as they can be had; before the first answer that is a wish. */
  select(seatIds) {
    if (!this.answer) {
      this.wished = [...seatIds];
      return NOTHING;
    }
    const before = this.selection;
    const indexes = unique(seatIds.flatMap((seatId) => this.indexOf.get(seatId) ?? []));
    this.selection = indexes.filter((index) => this.mayChoose(index)).slice(0, this.max);
    return { changed: symmetric(before, this.selection), lost: [] };
  }

  /** The seat, with the other of its pair where that can be had too: they are sold together. */
  withPartner(index, allows) {
    const partner = this.indexOf.get(this.seats[index].pairedWith);
    return partner !== undefined && allows(partner) ? [index, partner] : [index];
  }

  /**
   * Choose a seat, or let it go.
   * @returns {Effect & {refused?: "not_available" | "too_many", together?: number[]}}
   */
  toggle(index) {
    if (this.isSelected(index)) {
      const gone = this.withPartner(index, (partner) => this.isSelected(partner));
      this.selection = this.selection.filter((each) => !gone.includes(each));
      return { changed: gone, lost: [] };
    }
    if (!this.mayChoose(index)) return { ...NOTHING, refused: "not_available" };
    const added = this.withPartner(index, (partner) => this.mayChoose(partner) && !this.isSelected(partner));
    if (this.selection.length + added.length > this.max) return { ...NOTHING, refused: "too_many" };
    this.selection = [...this.selection, ...added];
    return { changed: added, lost: [], together: added.length > 1 ? added : undefined };
  }

  remarkOn(index) {
    if (!this.marked.has(index)) return "";
    return typeof this.remark === "string" ? this.remark : this.remark[this.seats[index].seatId] ?? "";
  }

  /** Seats that the page points at, with a remark that ends their names: one for all, or `{seatId: remark}`. */
  mark(seatIds, remark = "") {
    const before = this.marked;
    this.remark = remark;
    this.marked = new Set(seatIds.flatMap((seatId) => this.indexOf.get(seatId) ?? []));
    return { changed: unique([...before, ...this.marked]), lost: [] };
  }

  /** Each type with its seats' least and highest price, cheapest first. */
  types() {
    const types = new Map();
    for (const { type, price } of this.seats) {
      const entry = types.get(type) ?? { type, least: price, most: price };
      types.set(type, { type, least: Math.min(entry.least, price), most: Math.max(entry.most, price) });
    }
    return [...types.values()].sort((one, other) => one.least - other.least || one.type.localeCompare(other.type));
  }

  /** What the event of a selection says. */
  described() {
    const seats = this.selection.map((index) => {
      const { seatId, label, type, price } = this.seats[index];
      return { seatId, label, type, price };
    });
    return { seatIds: this.selectedIds, seats, currency: this.answer?.currency };
  }
}

const unique = (list) => [...new Set(list)];
const symmetric = (one, other) => [...one.filter((each) => !other.includes(each)), ...other.filter((each) => !one.includes(each))];

/** Whether two answers draw the same map: places, names, types and prices. */
function sameSeats(one, other) {
  const parts = ({ layout, currency, seats }) => [layout, currency, seats.map((seat) =>
    [seat.seatId, seat.label.row, seat.label.number, seat.type, seat.price, seat.accessible, seat.companionOf, seat.pairedWith])];
  return JSON.stringify(parts(one)) === JSON.stringify(parts(other));
}
