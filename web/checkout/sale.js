// A guest's way through a purchase: which step it is at, and what leads to the next. It knows no elements.
import { signal } from "@preact/signals";
import { Problem, api, send } from "../base/api.js";
import { remaining } from "../base/remaining.js";
import { resume, someone, user } from "../base/session.js";
import { newTrace, traced } from "../base/trace.js";
import { forget, isKnown, keepPass, passOf, remember, remembered } from "./memory.js";

const POLL_SECONDS = 2;
const LATE_POLL_SECONDS = 10; // money that comes after the hold's end is settled by and by
const MOST_REFRESHES = 3;
const NEW = { refreshes: 0, bookingId: null, paymentId: null, isTried: false, isDone: false }; // what is remembered of a new hold
const paused = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
/** Null for what is not there, or not this user's. */
const unless404 = (asked) => asked.catch((problem) => {
  if (problem.status === 404) return null;
  throw problem;
});
const mayPass = (problem) => !problem.status || problem.status >= 500 || problem.status === 429 || problem.code === "payment_pending";
const isReload = () => performance.getEntriesByType("navigation")[0]?.type === "reload";
// From the start on no seats are left. A device whose clock is ahead does not close what can still be had.
const isOver = ({ status, startAt, seatsAvailable }) => status !== "scheduled" || (!seatsAvailable && Date.parse(startAt) <= Date.now());

export class Sale {
  /** loading, unknown, closed, room, seats, pay, settling, ended, lost, done */
  step = signal("loading");
  showtime = signal(null);
  hold = signal(null);
  booking = signal(null);
  problem = signal(null);
  /** What is remembered: the seats chosen last, how often the time was extended, and so on. */
  memory = signal({});
  isOffline = signal(false);
  /** `{before, now}`: prices of the held seats that are others than were shown. */
  moved = signal(null);
  /** The id of a booking for this show that was finished before, in this browser. */
  before = signal(null);
  /** What was tried when the waiting room stopped it: it is tried again with the pass. */
  #attempt = null;
  #pass = null; // of the waiting room: good until the server says otherwise, whatever this device's clock says
  #follower = null;
  #left = () => 0;

  constructor(showtimeId) {
    this.id = showtimeId;
    this.memory.value = remembered(showtimeId);
  }

  #remember(changes) {
    remember(this.id, changes);
    this.memory.value = remembered(this.id);
  }

  #forget() {
    const { seatIds, ticketTypes } = this.memory.value;
    forget(this.id);
    this.#remember({ seatIds, ticketTypes });
    this.hold.value = null;
    this.booking.value = null;
  }

  /** Begin, or go on where this browser was. `holdId` is an offer of the waiting list. */
  async open(holdId) {
    this.problem.value = null;
    try {
      this.showtime.value = await api.get(`/api/showtimes/${encodeURIComponent(this.id)}`);
      if (holdId) this.#remember({ ...NEW, holdId, expiresAt: null, trace: newTrace() });
      if (!(await this.#resumed())) await this.#begin();
    } catch (problem) {
      if (problem.status === 404 && !this.showtime.value) this.step.value = "unknown";
      else this.problem.value = problem;
    }
  }

  async #begin() {
    if (isOver(this.showtime.value)) return void (this.step.value = "closed");
    if ((await resume()) && !passOf(this.id)) {
      const { state } = await api.get(`/api/queue/${this.id}`);
      if (state !== "open") return void (this.step.value = "room");
    }
    this.step.value = "seats";
  }

  async #resumed() {
    const known = this.memory.value;
    if (known.isDone && !isReload()) {
      this.before.value = known.bookingId;
      return void this.another();
    }
    if (!known.holdId || !(await resume())) return false;
    if (known.bookingId && (await unless404(this.#judged()))) return true;
    if (!isKnown(known)) return void this.#forget();
    const hold = await unless404(api.get(`/api/seats/hold/${known.holdId}`));
    if (!hold || hold.status === "released") return void this.#forget();
    this.#keep(hold);
    if (hold.status === "expired") return this.#end();
    this.step.value = hold.status === "sold" || (known.isTried && (await this.#isPaid())) ? "settling" : "pay";
    if (hold.status === "sold") this.#remember({ bookingId: hold.bookingId });
    if (this.memory.value.bookingId) this.follow();
    return true;
  }

  async #isPaid() {
    const { status } = await api.get(`/api/payments/${this.memory.value.paymentId}`);
    return status === "succeeded" || status === "authorized";
  }

  #keep(hold) {
    this.#left = remaining(hold);
    this.hold.value = hold;
    this.#remember({ holdId: hold.id, expiresAt: hold.expiresAt, seatIds: hold.seatIds, total: hold.quote.total });
  }

  /** Seconds until the seats are let go, by the server's clock. */
  get secondsLeft() {
    return this.hold.value ? this.#left() : 0;
  }

  get refreshesLeft() {
    return MOST_REFRESHES - (this.memory.value.refreshes ?? 0);
  }

  /** Hold these seats. `{seatIds, ticketTypes, expectedTotal}`, `shown`: their prices as shown; raises `Problem`. */
  async holdSeats(wish, shown) {
    this.#remember({ seatIds: wish.seatIds, ticketTypes: wish.ticketTypes });
    const hold = await this.#hold("/api/seats/hold", wish);
    const isMoved = hold && shown !== undefined && hold.quote.subtotal !== shown;
    this.moved.value = isMoved ? { before: shown, now: hold.quote.subtotal } : null;
  }

  /** Hold the best seats. `{count, type, accessible}`; raises `Problem`. */
  holdBest(wish) {
    this.#remember({ ticketTypes: {} });
    return this.#hold("/api/seats/best-available", wish);
  }

  async #hold(path, wish) {
    await someone();
    const trace = newTrace();
    try {
      const pass = this.#pass ?? passOf(this.id);
      const hold = await api.post(path, { showtimeId: this.id, ...wish }, { pass, headers: traced(trace) });
      this.#remember({ ...NEW, trace });
      this.#keep(hold);
      this.step.value = "pay";
      return hold;
    } catch (problem) {
      if (problem.code === "queue_required") {
        keepPass(this.id, null);
        this.#pass = null;
        this.#attempt = () => this.#hold(path, wish);
        this.step.value = "room";
        return null;
      }
      if (problem.code === "showtime_closed") this.step.value = "closed";
      throw problem;
    }
  }

  /** The waiting room lets the guest in: what was tried before goes on by itself. */
  async admitted({ pass, expiresAt }) {
    keepPass(this.id, pass, expiresAt);
    this.#pass = pass ?? null;
    const attempt = this.#attempt;
    this.#attempt = null;
    this.step.value = "seats";
    if (attempt) await attempt().catch((problem) => (this.problem.value = problem));
  }

  async extend() {
    const hold = await send("PATCH", `/api/seats/hold/${this.hold.value.id}/refresh`, { repeats: 2 }).catch((problem) => {
      if (problem.code === "refresh_limit") this.#remember({ refreshes: MOST_REFRESHES });
      if (problem.code === "hold_expired") this.#end();
      if (problem.code === "hold_sold") this.settle();
      throw problem;
    });
    this.#remember({ refreshes: (this.memory.value.refreshes ?? 0) + 1 });
    this.#keep({ ...this.hold.value, ...hold.body });
  }

  /** Let the seats go and choose again; what was chosen stays chosen. */
  async letGo() {
    try {
      await api.delete(`/api/seats/hold/${this.hold.value.id}`);
    } catch (problem) {
      if (problem.code === "hold_sold") return this.settle();
      if (problem.status !== 404) throw problem;
    }
    return this.chooseAgain();
  }

  chooseAgain() {
    this.#follower?.abort();
    this.#forget();
    this.step.value = isOver(this.showtime.value) ? "closed" : "seats";
  }

  /** The time is up. What was paid in the last moment is still followed. */
  #end() {
    this.step.value = "ended";
    if (this.memory.value.bookingId) this.follow();
    return true;
  }

  timeIsUp() {
    if (this.step.value === "pay") this.#end();
  }

  /** Begin the payment at a provider. Raises `Problem`; gives the order or intent. */
  async order(provider) {
    const path = provider === "stripe" ? "/api/payments/create-intent" : "/api/payments/create-order";
    const order = await api.post(path, { holdId: this.hold.value.id }, { headers: traced(this.memory.value.trace) }).catch((problem) => {
      if (problem.code === "hold_expired") this.#end();
      throw problem;
    });
    this.#remember({ bookingId: order.bookingId, paymentId: order.paymentId });
    if (order.provider === "free") {
      this.settle();
      return order;
    }
    this.#keep(await api.get(`/api/seats/hold/${this.hold.value.id}`));
    return order;
  }

  /** The guest is at the provider: whatever becomes of it is found by asking for the booking, too. */
  tried() {
    this.#remember({ isTried: true });
    this.follow();
  }

  settle() {
    this.step.value = "settling";
    if (!this.memory.value.bookingId) this.#remember({ bookingId: this.hold.value.bookingId });
    this.follow();
  }

  /** Confirm what the provider handed over; goes on through a dead network. Gives the problem of a payment that failed. */
  async confirm(proof) {
    this.settle();
    while (this.step.value === "settling") {
      try {
        const answer = await send("POST", "/api/bookings/confirm", { body: proof, repeats: 2, headers: traced(this.memory.value.trace) });
        if (answer.status === 200) this.#judge(answer.body);
        return null;
      } catch (problem) {
        if (problem.code === "payment_failed") return this.#failed(problem);
        if (!mayPass(problem)) return null; // the booking is asked for all the same
        this.isOffline.value = problem.code === "offline";
        await paused(problem.retryAfter ?? POLL_SECONDS);
      }
    }
    return null;
  }

  #failed(problem) {
    this.step.value = "pay";
    return problem;
  }

  /** Ask for the booking until there is a verdict. */
  async follow() {
    this.#follower?.abort();
    const following = (this.#follower = new AbortController());
    while (!following.signal.aborted) {
      try {
        if (await this.#judged()) return;
        this.isOffline.value = false;
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        this.isOffline.value = problem.code === "offline";
      }
      await paused(this.step.value === "ended" ? LATE_POLL_SECONDS : POLL_SECONDS);
    }
  }

  async #judged() {
    return this.#judge(await api.get(`/api/bookings/${this.memory.value.bookingId}`));
  }

  /** Whether the booking has its verdict; shows it. */
  #judge(booking) {
    const verdict = { confirmed: "done", checked_in: "done", refunded: "lost", cancelled: "done" }[booking.status];
    if (!verdict) return false;
    this.#follower?.abort();
    this.booking.value = booking;
    this.#remember({ isDone: true });
    this.isOffline.value = false;
    this.step.value = verdict;
    return true;
  }

  /** Done with this purchase: the next begins with the seats. */
  another() {
    this.memory.value = {};
    this.#forget();
    this.step.value = isOver(this.showtime.value) ? "closed" : "seats";
  }

  stop() {
    this.#follower?.abort();
  }
}

/** Whether tickets can reach the user: an e-mail, or a phone that is theirs. */
export const isReachable = () => Boolean(user.value && (user.value.email || user.value.phoneVerified));
