// <marquee-seats showtime="sho_…" origin="…">: a showtime's seats, live, to choose from, on any page.
// What it takes and says is in docs/seat-map.md.
import { Live } from "./live.js";
import { MOST, SeatModel } from "./model.js";
import { SeatSource } from "./seat_source.js";
import { SeatsStage } from "./stage.js";
import { languageOf } from "./words.js";

const STALE_MS = 60_000;
const CLOSING = new Set(["showtime_closed", "showtime_not_found"]);
const VIEWS = new Set(["map", "list", "both"]);
const UNTIL_ANEW = 2; // gaps that one answer after another leaves before there is a pause

export class MarqueeSeats extends HTMLElement {
  static observedAttributes = ["showtime", "origin", "max", "lang", "view", "choose"];

  #model = new SeatModel();
  #stage;
  #source;
  #live;
  #token;
  #isOnPage = false;
  #connection = "connecting";
  #told = "";
  #gaps = 0;
  #gapTimer;
  #toldState = "";

  constructor() {
    super();
    this.#stage = new SeatsStage(this.attachShadow({ mode: "open" }), {
      model: this.#model,
      onToggle: (index) => this.#toggle(index),
      onView: (view) => { this.view = view; },
      onAgain: () => this.refresh(),
    });
    this.#source = new SeatSource({
      where: () => ({ origin: this.origin, showtimeId: this.showtime, token: this.#token }),
      onAnswer: (answer) => this.#load(answer),
      onFailure: (code, isFinal) => this.#fail(code, isFinal),
    });
  }

  connectedCallback() {
    this.#adoptProperties();
    this.#isOnPage = true;
    this.#readAttributes();
    this.#begin();
    document.addEventListener("visibilitychange", this.#onVisible);
  }

  disconnectedCallback() {
    this.#isOnPage = false;
    this.#end();
    document.removeEventListener("visibilitychange", this.#onVisible);
  }

  attributeChangedCallback(name, before, value) {
    if (before === value || !this.#isOnPage) return;
    this.#readAttributes();
    if (name === "showtime" || name === "origin") this.#begin();
    else if (name === "choose") this.#chooseAnew();
  }

  /** Other states may be selected now: each seat says whether it can be. */
  #chooseAnew() {
    this.#show(this.#model.select(this.#model.selectedIds), "set");
    this.#stage.paint(this.#model.seats.keys());
  }

  /** Properties that a page set before the element was defined hide those of the class: they are set again. */
  #adoptProperties() {
    for (const name of ["showtime", "origin", "max", "view", "token", "selected"]) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
  }

  #readAttributes() {
    this.#model.max = this.max;
    this.#model.choosable = new Set((this.getAttribute("choose") ?? "available").split(/\s+/).concat("mine"));
    this.#stage.setLanguage(languageOf(this.lang || this.closest("[lang]")?.lang || document.documentElement.lang || navigator.language));
    this.#stage.setView(this.view);
  }

  get showtime() { return this.getAttribute("showtime") ?? ""; }
  set showtime(id) { this.setAttribute("showtime", id); }

  get origin() { return (this.getAttribute("origin") ?? new URL(import.meta.url).origin).replace(/\/+$/, ""); }
  set origin(origin) { this.setAttribute("origin", origin); }

  get max() { return Math.max(1, parseInt(this.getAttribute("max") ?? MOST, 10) || MOST); }
  set max(max) { this.setAttribute("max", max); }

  get view() { return VIEWS.has(this.getAttribute("view")) ? this.getAttribute("view") : "map"; }
  set view(view) { this.setAttribute("view", view); }

  /** The caller's access token, so that their own held seats are shown as theirs. It is sent as `Authorization` alone. */
  get token() { return this.#token; }
  set token(token) {
    if (token === this.#token) return;
    this.#token = token || undefined;
    this.#model.knowsMine = Boolean(token);
    if (this.#model.answer) this.refresh();
  }

  /** Ids of the seats that are selected. */
  get selected() { return this.#model.selectedIds; }
  set selected(seatIds) { this.select(seatIds ?? []); }

  /** All seats as they are now, as availability gives them. */
  get seats() {
    return this.#model.seats.map((seat, index) => {
      const state = this.#model.stateOf(index);
      return { ...seat, status: state === "mine" ? "held" : state };
    });
  }

  select(seatIds) { this.#show(this.#model.select(seatIds), "set"); }

  clear() { this.select([]); }

  /** Outlines these seats, to point at them; the remark, one for all or `{seatId: remark}`, ends their names. */
  mark(seatIds = [], remark = "") { this.#show(this.#model.mark(seatIds, remark)); }

  /** Asks for all seats, states and prices again. */
  refresh() {
    if (!this.showtime || !this.#isOnPage) return Promise.resolve();
    if (!this.#live) {
      this.#model.isClosed = false;
      this.#follow();
    }
    return this.#source.ask();
  }

  /** Moves the focus to the seat where walking goes on. */
  focus() { this.#stage.focus(); }

  #begin() {
    this.#end();
    this.#model.reset();
    this.#stage.clear();
    this.#tellSelection("set");
    if (!this.showtime) return;
    this.#source.ask();
    this.#follow();
  }

  #end() {
    this.#source.stop();
    this.#live?.stop();
    this.#live = undefined;
    clearTimeout(this.#gapTimer);
  }

  #follow() {
    const { origin, showtime: showtimeId } = this;
    const isOurs = new URL(import.meta.url).origin === location.origin && origin === location.origin;
    const loadSocketIo = isOurs ? () => import(new URL("../vendor/socket.io.js", import.meta.url)) : undefined;
    this.#live = new Live({ origin, showtimeId, loadSocketIo }, {
      onSnapshot: (told) => this.#hear(this.#model.hearSnapshot(told)),
      onChange: (told) => this.#hear(this.#model.hearChange(told, this.#source.isAsking)),
      onClosed: () => this.#fail("showtime_closed", true),
      onConnection: (is) => this.#onConnection(is),
      onFailure: (code) => this.#fail(code, true),
    });
  }

  #onConnection(connection) {
    const wasOffline = this.#connection === "offline";
    this.#connection = connection;
    this.#stage.setConnection(connection);
    if (connection === "live" && wasOffline) this.#source.ask();
    this.#tellState();
  }

  #onVisible = () => {
    if (!document.hidden && performance.now() - this.#source.lastAt > STALE_MS) this.refresh();
  };

  #load(answer) {
    const effect = this.#model.load(answer);
    if (effect.redraw) this.#stage.draw();
    this.#stage.setFailure();
    this.#hear(effect);
  }

  /** What was heard, and whether to ask again: after one gap at once, after several with a pause. */
  #hear(effect) {
    this.#show(effect, effect.lost.length ? "taken" : "set");
    if (!effect.ask) this.#gaps = 0;
    else if (this.#gaps++ < UNTIL_ANEW) this.#source.ask();
    else this.#askLater();
  }

  #askLater() {
    clearTimeout(this.#gapTimer);
    this.#gapTimer = setTimeout(() => this.#source.ask(), 2000);
  }

  #show({ changed, lost }, reason) {
    this.#stage.paint(changed);
    if (lost.length) this.#stage.sayLost(lost);
    this.#tellSelection(reason, lost);
    this.#tellState();
  }

  #toggle(index) {
    const effect = this.#model.toggle(index);
    this.#stage.onToggled(index, effect);
    this.#show(effect, "chosen");
  }

  #tellSelection(reason, lost = []) {
    const ids = this.#model.selectedIds.join(" ");
    if (ids === this.#told) return;
    this.#told = ids;
    this.#tell("marquee-selection", { ...this.#model.described(), reason, taken: lost.map((index) => this.#model.seats[index].seatId) });
  }

  #tellState() {
    const { version } = this.#model.known;
    const told = `${version} ${this.#connection}`;
    if (told === this.#toldState) return;
    this.#toldState = told;
    this.#tell("marquee-state", { version, connection: this.#connection });
  }

  #fail(code, isFinal) {
    if (code === "token_expired" || code === "not_authenticated") this.#withoutToken();
    else if (isFinal && CLOSING.has(code)) this.#close(code);
    else if (!this.#model.answer) this.#stage.setFailure(code);
    this.#tell("marquee-error", { code });
  }

  /** Nothing can be had any more, and nothing follows; a map that is there stays to be looked at. */
  #close(code) {
    this.#live?.stop();
    this.#live = undefined;
    if (code === "showtime_not_found") this.#source.stop();
    this.#model.isClosed = true;
    this.#show(this.#model.select([]), "closed");
    this.#stage.paint(this.#model.seats.keys());
    if (!this.#model.answer && !this.#source.isAsking) this.#stage.setFailure(code);
    this.#onConnection("closed");
  }

  /** The seats of the caller stay as they were until the page gives another token. */
  #withoutToken() {
    this.#token = undefined;
    this.#model.knowsMine = false;
    this.#source.ask();
  }

  #tell(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true })); }
}

if (!customElements.get("marquee-seats")) customElements.define("marquee-seats", MarqueeSeats);
