// How large the map is drawn and what of it is in view: pinch, wheel with Ctrl, mouse and buttons. The view is an element
// that scrolls, so that a finger, the wheel and a moving focus pan it as everywhere else.
import { PITCH } from "./layout.js";

const LEAST_PITCH = 24; // pixels from seat to seat at first: a finger can meet each
const FIRST_PITCH = 40;
const MOST_PITCH = 72;
const STEP = 1.3;
const DRAG = 6; // pixels after which a pressed mouse drags

/** The scales of a hall in a view, both in pixels: the whole of it, how it is shown at first, the largest. */
export function scalesOf(hall, view) {
  const wide = view.width / hall.width;
  const whole = Math.min(wide, view.height / hall.height, FIRST_PITCH / PITCH);
  const first = Math.min(Math.max(wide, LEAST_PITCH / PITCH), FIRST_PITCH / PITCH);
  return { least: Math.min(whole, first), first, most: MOST_PITCH / PITCH };
}

/** Where to scroll so that the point of the map under `at` (pixels from the view's corner) stays there. */
export const scrollAfter = (scroll, at, before, after) => (scroll + at) * (after / before) - at;

export class Zoom {
  /** @param {HTMLElement} view  what scrolls; @param {() => void} onChange  after each change of scale or of what is in view */
  constructor(view, onChange) {
    this.view = view;
    this.onChange = onChange;
    this.scale = 1;
    this.isOwn = false; // whether the guest has chosen the scale
    this.dragged = false;
    view.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
    view.addEventListener("touchstart", (event) => this.onTouches(event), { passive: true });
    view.addEventListener("touchmove", (event) => this.onPinch(event), { passive: false });
    view.addEventListener("touchend", () => { this.pinch = null; });
    view.addEventListener("pointerdown", (event) => this.onPress(event));
    view.addEventListener("scroll", () => onChange(), { passive: true });
    new ResizeObserver(() => this.onResize()).observe(view);
  }

  /** Another showtime: its hall is shown as at first. */
  reset() {
    this.hall = undefined;
    this.isOwn = false;
  }

  /** A drawing of this hall is to come; its size is set before it is filled, so that it is laid out once. */
  prepare(svg, hall) {
    [this.svg, this.hall] = [svg, hall];
    this.width = this.view.clientWidth;
    if (!this.isOwn) this.scale = this.scales().first;
    this.resize();
  }

  scales() {
    const { clientWidth, clientHeight } = this.view;
    const limit = parseFloat(getComputedStyle(this.view).maxHeight) || clientHeight;
    return scalesOf(this.hall, { width: clientWidth || this.hall.width, height: limit });
  }

  center() { this.view.scrollLeft = (this.hall.width * this.scale - this.view.clientWidth) / 2; }

  onResize() {
    if (!this.hall || this.width === this.view.clientWidth) return;
    this.width = this.view.clientWidth;
    if (!this.isOwn) {
      this.scale = this.scales().first;
      this.apply();
      this.center();
    }
    this.onChange();
  }

  resize() {
    this.svg.setAttribute("width", this.hall.width * this.scale);
    this.svg.setAttribute("height", this.hall.height * this.scale);
  }

  apply() {
    this.resize();
    this.onChange();
  }

  /** To a scale, about a point of the view (its middle, if not said). */
  to(scale, at = { x: this.view.clientWidth / 2, y: this.view.clientHeight / 2 }) {
    if (!this.hall) return;
    const { least, most } = this.scales();
    const before = this.scale;
    this.scale = Math.min(Math.max(scale, least), most);
    this.isOwn = true;
    const { scrollLeft, scrollTop } = this.view;
    this.apply();
    this.view.scrollLeft = scrollAfter(scrollLeft, at.x, before, this.scale);
    this.view.scrollTop = scrollAfter(scrollTop, at.y, before, this.scale);
  }

  in() { this.to(this.scale * STEP); }

  out() { this.to(this.scale / STEP); }

  whole() {
    if (!this.hall) return;
    this.to(this.scales().least);
    this.center();
  }

  within({ clientX, clientY }) {
    const box = this.view.getBoundingClientRect();
    return { x: clientX - box.left, y: clientY - box.top };
  }

  onWheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.to(this.scale * Math.exp(-event.deltaY / 300), this.within(event));
  }

  onTouches({ touches }) {
    this.pinch = touches.length === 2 ? { apart: apart(touches), scale: this.scale, last: middle(touches) } : null;
  }

  onPinch(event) {
    if (!this.pinch || event.touches.length !== 2) return;
    event.preventDefault();
    const at = middle(event.touches);
    this.view.scrollLeft += this.pinch.last.clientX - at.clientX;
    this.view.scrollTop += this.pinch.last.clientY - at.clientY;
    this.pinch.last = at;
    this.to(this.pinch.scale * (apart(event.touches) / this.pinch.apart), this.within(at));
  }

  /** A mouse drags the map, as a finger does. The click that ends a drag chooses nothing. */
  onPress(event) {
    this.dragged = false;
    if (event.pointerType !== "mouse" || event.button !== 0) return;
    const start = { x: event.clientX, y: event.clientY, left: this.view.scrollLeft, top: this.view.scrollTop };
    const onMove = ({ clientX, clientY }) => {
      this.dragged ||= Math.hypot(clientX - start.x, clientY - start.y) > DRAG;
      if (!this.dragged) return;
      this.view.scrollLeft = start.left + start.x - clientX;
      this.view.scrollTop = start.top + start.y - clientY;
    };
    const ends = new AbortController();
    addEventListener("pointermove", onMove, { signal: ends.signal });
    for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => ends.abort(), { signal: ends.signal });
  }
}

const apart = ([one, other]) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;
const middle = ([one, other]) => ({ clientX: (one.clientX + other.clientX) / 2, clientY: (one.clientY + other.clientY) / 2 });
