// News of a showtime's seats: by Socket.IO where the page is of the same origin, else and as a fallback by server-sent
// events. Whoever listens gets snapshots and changes as the network says them, and whether it can be reached.

const ACKNOWLEDGED_MS = 8000;
const FAILURES_BEFORE_STREAM = 2;
const SOCKET_MS = 6000; // a proxy may take a socket and say nothing: no longer than this
const SILENCE_MS = 60_000;
const [LEAST_PAUSE_MS, MOST_PAUSE_MS] = [1000, 20_000];
const FINAL = new Set(["showtime_not_found", "showtime_closed", "validation_error"]);

/** Pauses that grow, with chance in them, so that clients do not come back in step. */
export function pauses(chance = Math.random) {
  let failures = 0;
  return {
    next: () => Math.min(LEAST_PAUSE_MS * 2 ** failures++, MOST_PAUSE_MS) * (0.5 + chance() / 2),
    reset: () => { failures = 0; },
  };
}

/** Ends a socket; one that is still being opened as soon as it is open, as a browser complains of one closed before. */
function leave(socket) {
  socket.off();
  const end = () => socket.disconnect();
  if (socket.connected || !socket.active) return end();
  socket.io.reconnection(false);
  socket.once("connect", end);
  socket.once("connect_error", end);
}

/**
 * @typedef {{onSnapshot: (told: {version: number, state: string}) => void, onClosed: (status: string) => void,
 *   onChange: (told: {version: number, since: number, changes: [string, string][]}) => void,
 *   onConnection: (is: "connecting" | "live" | "offline") => void, onFailure: (code: string) => void}} Listener
 */
export class Live {
  /** @param {{origin: string, showtimeId: string, loadSocketIo?: () => Promise<{io: Function}>}} where  @param {Listener} listener */
  constructor({ origin, showtimeId, loadSocketIo }, listener) {
    Object.assign(this, { origin, showtimeId, loadSocketIo, listener });
    this.pauses = pauses();
    this.ended = new AbortController();
    const { signal } = this.ended;
    addEventListener("online", () => this.again(), { signal });
    addEventListener("offline", () => this.report("offline"), { signal });
    document.addEventListener("visibilitychange", () => document.hidden || this.onReturn(), { signal });
    this.begin();
  }

  stop() {
    this.ended.abort();
    this.close();
  }

  close() {
    if (this.socket) leave(this.socket);
    this.stream?.close();
    this.socket = this.stream = null;
    clearTimeout(this.timer);
    clearTimeout(this.watchdog);
    clearTimeout(this.patience);
  }

  report(connection) {
    if (this.ended.signal.aborted || this.connection === connection) return;
    this.connection = connection;
    this.listener.onConnection(connection);
  }

  async begin() {
    this.report("connecting");
    if (!this.loadSocketIo) return this.openStream();
    try {
      const { io } = await this.loadSocketIo();
      return this.ended.signal.aborted ? undefined : this.openSocket(io);
    } catch {
      return this.openStream();
    }
  }

  /** Watch anew, from the whole map on; after a while of silence, or when the network is back. */
  again() {
    if (this.ended.signal.aborted) return;
    if (this.socket?.connected) this.watch();
    else if (this.socket) this.socket.connect();
    else this.openStream();
  }

  onReturn() { if (this.connection !== "live") this.again(); }

  openSocket(io) {
    let failures = 0;
    const socket = io(this.origin, { transports: ["websocket"], reconnectionDelayMax: MOST_PAUSE_MS / 4, forceNew: true });
    this.socket = socket;
    this.patience = setTimeout(() => this.useStream(), SOCKET_MS);
    socket.on("connect", () => {
      failures = 0;
      clearTimeout(this.patience);
      this.watch();
    });
    socket.on("disconnect", (why) => {
      this.report("offline");
      if (why === "io server disconnect") socket.connect();
    });
    socket.on("connect_error", () => {
      this.report("offline");
      failures += 1;
      if (failures >= FAILURES_BEFORE_STREAM && navigator.onLine !== false) this.useStream();
    });
    socket.on("seats", (told) => { if (told.showtimeId === this.showtimeId) this.listener.onChange(told); });
    socket.on("closed", (told) => { if (told.showtimeId === this.showtimeId) this.finish(told.status); });
  }

  async watch() {
    const { socket } = this;
    try {
      const answer = await socket.timeout(ACKNOWLEDGED_MS).emitWithAck("watch", { showtimeId: this.showtimeId });
      if (socket !== this.socket) return;
      if (answer.error) this.onRefused(answer.error);
      else {
        this.listener.onSnapshot(answer);
        this.report("live");
      }
    } catch {
      if (socket === this.socket) this.retry(() => this.socket?.connected && this.watch());
    }
  }

  onRefused(code) {
    if (!FINAL.has(code)) return this.retry(() => this.again());
    this.close();
    return this.listener.onFailure(code);
  }

  retry(act) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ended.signal.aborted || act(), this.pauses.next());
  }

  useStream() {
    this.close();
    this.loadSocketIo = undefined;
    this.openStream();
  }

  url(path) { return `${this.origin}/api/seats/${path}?showtimeId=${encodeURIComponent(this.showtimeId)}`; }

  openStream() {
    this.close();
    if (this.ended.signal.aborted) return;
    const stream = new EventSource(this.url("stream"));
    this.stream = stream;
    const hear = (event, act) => stream.addEventListener(event, ({ data }) => {
      this.onSign();
      act(JSON.parse(data));
    });
    stream.addEventListener("open", () => this.onSign());
    hear("snapshot", (told) => this.listener.onSnapshot(told));
    hear("seats", (told) => this.listener.onChange(told));
    hear("closed", (told) => this.finish(told.status));
    stream.addEventListener("error", () => {
      if (stream !== this.stream) return;
      this.report("offline");
      // Where an answer was no stream the browser gives up: we do not.
      if (stream.readyState === EventSource.CLOSED) this.retry(() => this.openStream());
    });
  }

  /** The stream lives. Its comments are not shown to scripts: after a silence we ask whether it still does. */
  onSign() {
    this.pauses.reset();
    this.report("live");
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => this.askState(), SILENCE_MS);
  }

  async askState() {
    const { stream } = this;
    try {
      const answer = await fetch(this.url("state"), { signal: AbortSignal.timeout(ACKNOWLEDGED_MS) });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const told = await answer.json();
      if (stream !== this.stream) return;
      this.listener.onSnapshot(told);
      this.onSign();
    } catch {
      if (stream !== this.stream) return;
      this.report("offline");
      this.retry(() => this.openStream());
    }
  }

  finish(status) {
    this.close();
    this.listener.onClosed(status);
  }
}
