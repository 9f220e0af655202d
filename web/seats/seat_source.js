// Asking for a showtime's seats: one question at a time, again after a pause where the network fails.
import { pauses } from "./live.js";

const TIMEOUT_MS = 15_000;
const LEAST_BETWEEN_MS = 300;
const FINAL = new Set([401, 403, 404, 409, 410, 422]);

export class Refused extends Error {
  constructor(code, isFinal) {
    super(code);
    Object.assign(this, { code, isFinal });
  }
}

/** @returns {Promise<object>} the answer of availability; raises `Refused` with the problem's code */
export async function askAvailability({ origin, showtimeId, token, signal }) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const url = `${origin}/api/seats/availability?showtimeId=${encodeURIComponent(showtimeId)}`;
  const answer = await fetch(url, { headers, signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) });
  if (answer.ok) return answer.json();
  const problem = await answer.json().catch(() => ({}));
  throw new Refused(problem.code ?? `status_${answer.status}`, FINAL.has(answer.status));
}

export class SeatSource {
  /** @param {{where: () => {origin: string, showtimeId: string, token?: string}, onAnswer: (answer: object) => void,
   *   onFailure: (code: string, isFinal: boolean) => void}} parts */
  constructor(parts) {
    Object.assign(this, parts);
    this.pauses = pauses();
    this.isAsking = false;
    this.isWanted = false;
    this.lastAt = -Infinity;
  }

  stop() {
    this.running?.abort();
    clearTimeout(this.timer);
    this.running = null;
    this.isAsking = this.isWanted = false;
    this.settle();
  }

  /** Ask now, or as soon as the running question has its answer. @returns {Promise<void>} when that is shown */
  ask() {
    this.isWanted = true;
    this.answered ??= new Promise((resolve) => { this.resolve = resolve; });
    const { answered } = this;
    if (!this.isAsking) this.schedule(Math.max(0, this.lastAt + LEAST_BETWEEN_MS - performance.now()));
    return answered;
  }

  schedule(milliseconds) {
    clearTimeout(this.timer);
    if (milliseconds === 0) this.run();
    else this.timer = setTimeout(() => this.run(), milliseconds);
  }

  async run() {
    const running = new AbortController();
    Object.assign(this, { running, isAsking: true, isWanted: false, lastAt: performance.now() });
    try {
      const answer = await askAvailability({ ...this.where(), signal: running.signal });
      if (running !== this.running) return;
      this.isAsking = false;
      this.pauses.reset();
      this.onAnswer(answer);
      if (this.isWanted) this.schedule(LEAST_BETWEEN_MS);
      else this.settle();
    } catch (error) {
      if (running !== this.running) return;
      this.isAsking = false;
      this.onFailure(error.code ?? "unreachable", Boolean(error.isFinal));
      if (!error.isFinal) this.schedule(this.pauses.next());
      else this.settle();
    }
  }

  settle() {
    this.resolve?.();
    this.answered = this.resolve = undefined;
  }
}
