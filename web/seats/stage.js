// What the component shows: controls, prices, the map, the list or both, what the signs mean, and what has to be said.
import { Controls } from "./controls.js";
import { html } from "./elements.js";
import { Legend } from "./legend.js";
import { SeatListView } from "./list.js";
import { SeatMapView } from "./map.js";
import { namesIn } from "./names.js";
import { shapesOf } from "./shapes.js";
import { styleSheet } from "./styles.js";
import { Zoom } from "./zoom.js";

/** What problems mean here, by their code. */
export const FAILURES = {
  showtime_not_found: "There is no such show.",
  showtime_closed: "No seats are sold for this show any more.",
  other: "The seats could not be loaded.",
};
const NOTE_MS = 8000;
const WIDE = 860; // pixels from which the list has room beside the map
const whenIdle = (act) => (globalThis.requestIdleCallback ? requestIdleCallback(act, { timeout: 500 }) : setTimeout(act, 16));

export class SeatsStage {
  /** @param {ShadowRoot} root  @param {{model: import("./model.js").SeatModel, onToggle: (index: number) => void,
   *   onView: (view: "map" | "list" | "both") => void, onAgain: () => void}} parts */
  constructor(root, { model, onToggle, onView, onAgain }) {
    Object.assign(this, { model, connection: "connecting", language: "en", viewName: "map" });
    this.names = namesIn("en", "INR");
    this.map = new SeatMapView({ model, onToggle, onPoint: (index) => this.point(index), wasDragged: () => this.zoom.dragged });
    this.list = new SeatListView({ model, onToggle });
    this.legend = new Legend({ model, onFilter: () => this.paint(model.seats.keys()) });
    this.controls = new Controls({ onView: (pressed) => onView(this.viewAfter(pressed)), zoom: () => this.zoom });
    this.view = html("div", { class: "view" }, this.map.root);
    this.map.listenIn(this.view);
    this.hint = html("p", { class: "unseen", id: "keys" });
    this.tip = html("div", { class: "tip", "aria-hidden": "true", hidden: true });
    this.wait = html("div", { class: "wait" });
    this.status = html("p", { role: "status" });
    this.alert = html("p", { role: "alert" });
    this.frame = html("div", { class: "frame" }, this.wait, this.view, this.list.root, this.tip, html("div", { class: "notes" }, this.alert, this.status));
    this.again = html("button", { type: "button", onclick: onAgain });
    this.map.root.setAttribute("aria-describedby", "keys");
    root.adoptedStyleSheets = [styleSheet()];
    root.append(this.controls.root, this.legend.prices, this.hint, this.frame, this.legend.signs);
    root.addEventListener("keydown", (event) => this.onKey(event));
    this.zoom = new Zoom(this.view, () => this.onScroll());
    this.isWide = false;
    new ResizeObserver(() => this.onResize()).observe(this.frame);
    this.arrange();
  }

  /** Which views are there to be seen: `both` are where there is room, else the map. */
  get shown() {
    const isBoth = this.viewName === "both" && this.isWide;
    return { map: isBoth || this.viewName !== "list", list: isBoth || this.viewName === "list" };
  }

  /** The view that a button leads to: where there is room, List puts the list beside the map or takes it away. */
  viewAfter(pressed) {
    if (pressed === "map" || !this.isWide) return pressed;
    return this.shown.list ? "map" : "both";
  }

  onResize() {
    const isWide = this.frame.clientWidth >= WIDE;
    if (isWide === this.isWide) return;
    this.isWide = isWide;
    if (this.isDrawn) this.drawView();
    this.arrange();
  }

  get isDrawn() { return Boolean(this.model.answer); }

  setLanguage(language) {
    if (language === this.language) return;
    this.language = language;
    this.names = namesIn(language, this.model.answer?.currency ?? "INR");
    if (this.isDrawn) this.draw();
    this.arrange();
  }

  setView(view) {
    if (view === this.viewName) return;
    this.viewName = view;
    if (this.isDrawn) this.drawView();
    this.arrange();
  }

  /** Another hall, other prices or another language. */
  draw() {
    const { model } = this;
    this.names = namesIn(this.language, model.answer.currency);
    this.shapes = shapesOf(model.types().map(({ type }) => type));
    for (const type of [...model.filter]) if (!this.shapes.has(type)) model.filter.delete(type);
    this.legend.draw(this.names, this.shapes);
    this.drawn = new Set();
    this.drawView();
    this.arrange();
  }

  /** The map and the list, each once it is looked at; beside the map the list comes when there is time for it. */
  drawView() {
    const { shown } = this;
    if (shown.map) this.drawMap();
    if (shown.list && shown.map) whenIdle(() => this.isDrawn && this.shown.list && this.drawList());
    else if (shown.list) this.drawList();
  }

  drawList() {
    if (this.drawn.has("list")) return;
    this.drawn.add("list");
    this.list.draw(this.names);
  }

  drawMap() {
    if (this.drawn.has("map")) return;
    this.drawn.add("map");
    const isFirst = !this.zoom.hall;
    this.view.hidden = false;
    this.zoom.prepare(this.map.root, this.model.hall);
    this.map.draw(this.names, this.shapes);
    if (isFirst) this.zoom.center();
    this.onScroll();
  }

  paint(indexes) {
    if (!this.isDrawn || !this.drawn) return;
    const list = [...indexes];
    if (!list.length) return;
    if (this.drawn.has("map")) this.map.paint(list);
    if (this.drawn.has("list")) this.list.paint(list);
    if (list.includes(this.pointed)) this.tip.textContent = this.names.of(this.model, this.pointed);
  }

  clear() {
    this.drawn = new Set();
    this.zoom.reset();
    this.failure = undefined;
    this.say(this.status, "");
    this.say(this.alert, "");
    this.arrange();
  }

  /** What of all this is there to be seen. */
  arrange() {
    const { say } = this.names;
    const isShown = this.isDrawn && !this.failure;
    const { shown } = this;
    this.controls.draw(say, shown, this.connection);
    this.frame.classList.toggle("both", isShown && shown.map && shown.list);
    this.hint.textContent = say("Arrow keys walk from seat to seat, Space chooses, plus and minus zoom.");
    this.again.textContent = say("Try again");
    for (const part of [this.controls.root, this.legend.prices]) part.hidden = Boolean(this.failure);
    this.legend.signs.hidden = !isShown;
    this.view.hidden = !isShown || !shown.map;
    this.list.root.hidden = !isShown || !shown.list;
    this.wait.hidden = isShown;
    if (isShown) return;
    const text = this.failure ? say(FAILURES[this.failure] ?? FAILURES.other) : say("Loading the seats…");
    this.wait.replaceChildren(html("p", this.failure ? { role: "alert" } : {}, text), ...(this.failure && !FAILURES[this.failure] ? [this.again] : []));
  }

  setFailure(code) {
    if (this.failure === code) return;
    this.failure = code;
    this.arrange();
  }

  setConnection(connection) {
    const before = this.connection;
    if (before === connection) return;
    this.connection = connection;
    this.controls.draw(this.names.say, this.shown, connection);
    if (connection === "offline" && this.isDrawn) this.note("No connection. These are the seats as they last were; we keep trying.", {}, 0);
    if (connection === "closed" && !this.failure) this.note("No seats are sold for this show any more.", {}, 0);
    if (connection === "live" && this.wasOffline) this.note("Connected again.");
    if (connection !== "connecting") this.wasOffline = connection === "offline";
  }

  say(place, text) {
    clearTimeout(place === this.status ? this.noteTimer : undefined);
    place.textContent = text;
  }

  /** Something that does not need anybody to act; it goes by itself unless `milliseconds` is 0. */
  note(text, values, milliseconds = NOTE_MS) {
    this.say(this.status, this.names.say(text, values));
    if (milliseconds) this.noteTimer = setTimeout(() => this.say(this.status, ""), milliseconds);
  }

  places(indexes) {
    return new Intl.ListFormat(this.language, { type: "conjunction" }).format(indexes.map((index) => this.names.place(this.model.seats[index])));
  }

  sayLost(indexes) {
    const isOne = indexes.length === 1;
    this.say(this.alert, isOne
      ? this.names.say("{seat} has just been taken by somebody else. Please choose another.", { seat: this.places(indexes) })
      : this.names.say("{seats} have just been taken by somebody else. Please choose others.", { seats: this.places(indexes) }));
  }

  /** What came of choosing a seat or letting it go. */
  onToggled(index, { refused, together }) {
    this.say(this.alert, "");
    if (this.connection === "live") this.say(this.status, "");
    const seat = this.names.place(this.model.seats[index]);
    if (refused === "not_available") this.note("{seat} is {state}.", { seat, state: this.names.state(this.model.stateOf(index)) });
    if (refused === "too_many") this.say(this.alert, this.names.say("You can choose {max} seats at most.", { max: this.model.max }));
    if (together) this.note("{seats} are sold together.", { seats: this.places(together) });
  }

  focus() {
    if (this.shown.map && this.isDrawn) this.map.focus(this.map.current);
    else this.controls.views[this.shown.map ? "map" : "list"].focus();
  }

  onScroll() {
    if (!this.zoom?.hall) return;
    this.point(-1);
    this.map.onView(this.zoom.scale, this.view);
    if (this.map.isWalking) this.point(this.map.current);
  }

  /** The seat that is pointed at or has the focus, in words beside it. */
  point(index) {
    if (index === this.pointed) return;
    this.pointed = index;
    this.tip.hidden = index < 0;
    if (index < 0) return;
    const { model } = this;
    this.tip.textContent = this.names.of(model, index);
    const { x, y } = model.hall.places[index];
    const { scale } = this.zoom;
    const offset = this.map.root.getBoundingClientRect();
    const frame = this.frame.getBoundingClientRect();
    const [left, top] = [offset.left - frame.left + x * scale, offset.top - frame.top + (y + 14) * scale];
    const { offsetWidth, offsetHeight } = this.tip;
    const isLow = top + offsetHeight > frame.height;
    this.tip.style.left = `${Math.min(Math.max(left - offsetWidth / 2, 4), Math.max(4, frame.width - offsetWidth - 4))}px`;
    this.tip.style.top = `${isLow ? top - 28 * scale - offsetHeight : top}px`;
  }

  onKey(event) {
    if (!this.shown.map || event.ctrlKey || event.metaKey || event.altKey || event.target.closest(".list")) return;
    const act = { "+": "in", "=": "in", "-": "out", "0": "whole" }[event.key];
    if (!act) return;
    event.preventDefault();
    this.zoom[act]();
  }
}
