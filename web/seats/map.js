// The map as a drawing: made once for a hall, then painted anew seat by seat. Focus is on one seat at a time; arrow keys
// walk, Space and Enter choose.
import { svg } from "./elements.js";
import { PITCH, nearest } from "./layout.js";
import { COMPANION, WHEELCHAIR, pathOf, screenPath } from "./shapes.js";
import { walked } from "./walk.js";

const NUMBERS_FROM = 21; // pixels from seat to seat: below, numbers cannot be read
const MANY = 800; // seats whose numbers cost more than they say while they are small
const NUMBERS_OF_MANY_FROM = 30;
const ROWS_AT_ONCE = 4;
const AROUND = 200; // pixels around the view in which numbers are drawn, too
const LABEL = 15; // pixels, half of what a row's label takes
const NARROW = 480;

const whenIdle = (act) => (globalThis.requestIdleCallback ? requestIdleCallback(act, { timeout: 150 }) : setTimeout(act, 16));

export class SeatMapView {
  /** @param {{model: import("./model.js").SeatModel, onToggle: (index: number) => void, onPoint: (index: number) => void}} parts */
  constructor({ model, onToggle, onPoint, wasDragged }) {
    Object.assign(this, { model, onToggle, onPoint, wasDragged });
    this.root = svg("svg", { class: "map", role: "group", focusable: "false" });
    this.root.addEventListener("click", (event) => this.onClick(event));
    this.root.addEventListener("keydown", (event) => this.onKey(event));
    this.root.addEventListener("pointermove", (event) => { if (event.pointerType === "mouse") this.onPoint(this.indexAt(event)); });
    this.root.addEventListener("pointerleave", () => this.onPoint(-1));
    this.nodes = [];
    this.current = -1;
  }

  /** What is around the drawing hears of the focus: a drawing that did would be a stop of the Tab key itself. */
  listenIn(view) {
    view.addEventListener("focusin", (event) => this.onFocus(event));
    view.addEventListener("focusout", () => this.onBlur());
  }

  /** Everything anew. */
  draw(names, shapes) {
    const { hall } = this.model;
    Object.assign(this, { names, shapes, numbers: [], numberRows: [], marks: new Map(), drawing: {} });
    this.root.setAttribute("viewBox", `0 0 ${hall.width} ${hall.height}`);
    this.root.setAttribute("aria-label", names.say("Seat map"));
    this.nodes = this.model.seats.map((seat, index) => this.seatNode(seat, index));
    this.ring = svg("rect", { class: "ring", width: 23, height: 23, rx: 6, "aria-hidden": true });
    this.sides = [svg("g", { class: "rows" }), svg("g", { class: "rows" })];
    this.numberLayer = svg("g", { class: "numbers", "aria-hidden": "true" });
    this.root.replaceChildren(this.backdrop(hall, names), this.pairs(hall), svg("g", {}, ...this.nodes),
      this.signs(hall), this.numberLayer, this.labels(hall), this.ring);
    this.nodes.forEach((_, index) => this.paintOne(index));
    this.setCurrent(this.current >= 0 && this.current < this.nodes.length ? this.current : this.firstStop());
  }

  seatNode(seat, index) {
    const { x, y } = this.model.hall.places[index];
    this.pattern ??= svg("path", { role: "checkbox", tabindex: -1, "aria-checked": "false" });
    const node = this.pattern.cloneNode();
    node.setAttribute("transform", `translate(${x} ${y})`);
    node.setAttribute("data-seat", seat.seatId);
    node.seatIndex = index;
    return node;
  }

  backdrop(hall, names) {
    const boxes = hall.aisles.map(({ x, y, width, height }) => svg("rect", { class: "aisle", x, y, width, height }));
    const screen = svg("path", { class: "screen", d: screenPath(hall) });
    const word = svg("text", { class: "screen-word", x: hall.width / 2, y: 46 }, names.say("Screen"));
    return svg("g", { "aria-hidden": "true" }, ...boxes, screen, word);
  }

  pairs({ pairs, places }) {
    const links = pairs.map(([one, other]) => svg("path", { class: "pair", d: `M${places[one].x} ${places[one].y}L${places[other].x} ${places[other].y}` }));
    return svg("g", { "aria-hidden": "true" }, ...links);
  }

  /** Signs of wheelchair spaces and companions' seats. */
  signs({ places }) {
    const layer = svg("g", { class: "signs", "aria-hidden": "true" });
    this.model.seats.forEach(({ accessible, companionOf }, index) => {
      if (!accessible && !companionOf) return;
      const mark = svg("path", { d: accessible ? WHEELCHAIR : COMPANION, transform: `translate(${places[index].x} ${places[index].y})` });
      this.marks.set(index, mark);
      layer.append(mark);
    });
    return layer;
  }

  labels(hall) {
    const layer = svg("g", { "aria-hidden": "true" });
    const ends = [hall.rows[0]?.y ?? 0, hall.rows.at(-1)?.y ?? 0];
    this.strips = this.sides.map(() => svg("rect", { y: ends[0] - PITCH / 2, height: ends[1] - ends[0] + PITCH }));
    this.sides.forEach((side, at) => {
      side.append(this.strips[at], ...hall.rows.map(({ label, y }) => svg("text", { y }, label)));
      layer.append(side);
    });
    return layer;
  }

  /** Row labels stay in view, numbers come where they can be read. */
  onView(scale, view) {
    if (!this.sides) return;
    this.placeLabels(scale, view);
    const isLegible = scale * PITCH >= (this.nodes.length > MANY ? NUMBERS_OF_MANY_FROM : NUMBERS_FROM);
    this.numberLayer.classList.toggle("hidden", !isLegible);
    if (isLegible) this.wantNumbers((view.scrollTop - AROUND) / scale, (view.scrollTop + view.clientHeight + AROUND) / scale);
  }

  /** However near one is, labels are no larger than text; on a narrow view those to the right stay at their wall. */
  placeLabels(scale, view) {
    const { width } = this.model.hall;
    const half = Math.min(15, LABEL / scale);
    const left = Math.max(15, view.scrollLeft / scale + half);
    const edge = (view.scrollLeft + view.clientWidth) / scale;
    const right = view.clientWidth < NARROW ? width - 15 : Math.min(width - 15, edge - half);
    [left, right].forEach((x, at) => {
      this.sides[at].setAttribute("transform", `translate(${x} 0)`);
      this.sides[at].style.fontSize = `${Math.min(11, 14 / scale)}px`;
      this.strips[at].setAttribute("x", -half);
      this.strips[at].setAttribute("width", 2 * half);
    });
  }

  /** Numbers are drawn after the seats, for the rows between two heights, when the browser has time: nobody waits for them. */
  wantNumbers(top, bottom) {
    const isWaiting = Boolean(this.wanted);
    this.wanted = { top, bottom, drawing: this.drawing };
    if (!isWaiting) whenIdle(() => this.showNumbers());
  }

  showNumbers() {
    const { top, bottom, drawing } = this.wanted;
    this.wanted = null;
    if (drawing !== this.drawing) return;
    let left = ROWS_AT_ONCE;
    this.model.hall.rows.forEach(({ y, seats }, at) => {
      const isNear = y > top && y < bottom;
      if (isNear && !this.numberRows[at] && left-- > 0) this.addNumbers(at, seats);
      this.numberRows[at]?.classList.toggle("hidden", !isNear);
    });
    if (left < 0) this.wantNumbers(top, bottom);
  }

  addNumbers(at, indexes) {
    const row = svg("g", {}, ...indexes.map((index) => {
      const { number } = this.model.seats[index].label;
      const { x, y } = this.model.hall.places[index];
      this.numbers[index] = svg("text", { x, y: y + 0.5, class: number.length > 2 ? "long" : undefined }, number);
      return this.numbers[index];
    }));
    indexes.forEach((index) => this.paintNumber(index));
    this.numberRows[at] = row;
    this.numberLayer.append(row);
  }

  paint(indexes) { for (const index of indexes) this.paintOne(index); }

  paintOne(index) {
    const node = this.nodes[index];
    const { model } = this;
    const seat = model.seats[index];
    const state = model.stateOf(index);
    const isSelected = model.isSelected(index);
    const shape = this.shapes.get(seat.type);
    const isShown = model.isShown(index);
    node.setAttribute("class", `seat hue${shape.hue} ${isSelected ? "selected" : state}${isShown ? "" : " faded"}${model.marked.has(index) ? " marked" : ""}`);
    node.setAttribute("d", pathOf(shape.path, state, isSelected));
    node.setAttribute("aria-label", this.names.of(model, index));
    if ((node.getAttribute("aria-checked") === "true") !== isSelected) node.setAttribute("aria-checked", isSelected);
    const isDisabled = !isSelected && !model.mayChoose(index);
    if (isDisabled) node.setAttribute("aria-disabled", "true");
    else if (node.hasAttribute("aria-disabled")) node.removeAttribute("aria-disabled");
    this.paintNumber(index);
  }

  paintNumber(index) {
    const isFree = this.model.stateOf(index) === "available" && !this.model.isSelected(index) && this.model.isShown(index);
    this.numbers[index]?.classList.toggle("hidden", !isFree || this.marks.has(index));
    this.marks.get(index)?.classList.toggle("hidden", !isFree);
  }

  /** The first free seat: where walking begins. */
  firstStop() {
    const index = this.model.seats.findIndex((_, at) => this.model.mayChoose(at));
    return index < 0 ? 0 : index;
  }

  setCurrent(index) {
    this.nodes[this.current]?.setAttribute("tabindex", -1);
    this.current = index;
    const node = this.nodes[index];
    if (!node) return;
    node.setAttribute("tabindex", 0);
    const { x, y } = this.model.hall.places[index];
    this.ring.setAttribute("transform", `translate(${x - 11.5} ${y - 11.5})`);
  }

  focus(index) {
    this.setCurrent(index);
    this.nodes[index]?.focus();
  }

  /** The seat under a pointer, or so near that it is meant. */
  indexAt(event) {
    if (event.target.seatIndex !== undefined) return event.target.seatIndex;
    const box = this.root.getBoundingClientRect();
    const scale = this.model.hall.width / box.width;
    return nearest(this.model.hall, (event.clientX - box.left) * scale, (event.clientY - box.top) * scale);
  }

  onClick(event) {
    if (this.wasDragged() || !this.model.hall) return;
    const index = this.indexAt(event);
    if (index < 0) return;
    this.setCurrent(index);
    this.onToggle(index);
  }

  onFocus({ target }) {
    if (target.seatIndex === undefined) return;
    if (target.seatIndex !== this.current) this.setCurrent(target.seatIndex);
    this.isWalking = target.matches(":focus-visible");
    this.ring.classList.toggle("seen", this.isWalking);
    if (this.isWalking) this.onPoint(target.seatIndex);
  }

  onBlur() {
    this.isWalking = false;
    this.ring?.classList.remove("seen");
    this.onPoint(-1);
  }

  onKey(event) {
    const index = event.target.seatIndex;
    if (index === undefined || event.altKey || event.metaKey) return;
    if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      this.onToggle(index);
      return;
    }
    const step = walked(this.model.hall, index, { key: event.key, ctrl: event.ctrlKey }, this.goalX);
    if (!step) return;
    event.preventDefault();
    this.goalX = event.key === "ArrowUp" || event.key === "ArrowDown" ? step.goalX : undefined;
    this.focus(step.to);
  }
}
