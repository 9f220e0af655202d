// A hall as a drawing: screen, seats by type and state, aisles, row labels. Still, or with a place that tools work on.
import { useRef } from "preact/hooks";
import { html } from "../../base/html.js";
import { area } from "../../base/words.js";
import { aisleAfter, placesOf, rowLetters } from "./layout.js";

const say = await area("console_layouts");
const SIZE = 24;
const MARGIN = 34;
const AISLE = 14;
const TOP = 40;

const leftOf = (layout) => {
  const lefts = [0, MARGIN];
  for (let column = 1; column <= layout.cols; column += 1) {
    const isAisle = layout.aisles.some((aisle) => (aisle.after ?? aisle) === column);
    lefts.push(lefts[column] + SIZE + (isAisle ? AISLE : 0));
  }
  return lefts;
};

/** How a place is told to readers. */
export const nameOf = (place) => {
  if (!place.isSeat) return say("{id}, no seat", { id: place.id });
  const states = [
    place.blocked && say("blocked"), place.accessible && say("accessible"), place.companionOf && say("companion of {id}", { id: place.companionOf }),
    place.pairedWith && say("pair with {id}", { id: place.pairedWith }),
  ].filter(Boolean);
  return [say("{id}, painted {row} {number}, {type}", { id: place.id, row: place.label.row, number: place.label.number, type: place.type }), ...states].join(", ");
};

const Marks = ({ place, x, y, width }) => html`
  ${place.accessible && html`<circle class="mark" cx=${x + SIZE / 2 - 1} cy=${y + SIZE / 2 - 1} r="8" />`}
  ${place.companionOf && html`<circle class="mark dot" cx=${x + SIZE / 2 - 1} cy=${y + 4} r="2" />`}
  ${place.pairedWith && html`<path class="mark" d=${`M${x + 2} ${y + SIZE - 4}h${width - 4}`} />`}
  ${place.blocked && html`<path class="mark" d=${`M${x + 4} ${y + 4}l14 14m0-14l-14 14`} />`}`;

const Place = ({ place, left, top, typeIndex, isEdited, isCurrent }) => {
  const [x, y] = [left + 1, top + 1];
  if (!place.isSeat && !isEdited) return null;
  const kind = place.isSeat ? `seat type-${typeIndex % 6}` : "seat gap";
  return html`<g class=${`place${isCurrent ? " current" : ""}`} data-place=${place.id} id=${isEdited ? `place-${place.id}` : undefined}
    role=${isEdited ? "option" : undefined} aria-label=${isEdited ? nameOf(place) : undefined} aria-selected=${isEdited ? String(isCurrent) : undefined}>
    <rect class=${kind} x=${x} y=${y} width=${SIZE - 2} height=${SIZE - 2} rx="5" />
    ${place.isSeat && !place.blocked && html`<text class="digit" x=${x + SIZE / 2 - 1} y=${y + SIZE / 2 + 3}>${place.label.number}</text>`}
    ${place.isSeat && html`<${Marks} place=${place} x=${x} y=${y} width=${SIZE} />`}
  </g>`;
};

const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** `edited`: `{current, onMove(id), onTool(id)}` where tools work on it. */
export const Hall = ({ layout, edited = null, label }) => {
  const pressed = useRef(null);
  const places = placesOf(layout);
  const lefts = leftOf(layout);
  const [width, height] = [lefts[layout.cols + 1] + MARGIN, TOP + layout.rows * SIZE + 8];
  const types = layout.seatTypes.map((type) => type.type);
  const placeAt = (event) => document.elementFromPoint(event.clientX, event.clientY)?.closest?.("[data-place]")?.dataset.place;
  const use = (event) => {
    const id = placeAt(event);
    if (!id || pressed.current?.has(id)) return;
    pressed.current?.add(id);
    edited.onMove(id);
    edited.onTool(id);
  };
  const onKeyDown = (event) => {
    const at = places.findIndex((place) => place.id === edited.current);
    if (event.key in ARROWS) {
      event.preventDefault();
      const [down, right] = ARROWS[event.key];
      const row = Math.min(layout.rows - 1, Math.max(0, Math.floor(at / layout.cols) + down));
      const column = Math.min(layout.cols - 1, Math.max(0, (at % layout.cols) + right));
      edited.onMove(rowLetters(row) + (column + 1));
    } else if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      edited.onTool(edited.current);
    }
  };
  const handlers = edited ? {
    tabindex: 0, role: "listbox", "aria-activedescendant": `place-${edited.current}`, onKeyDown,
    onPointerDown: (event) => { pressed.current = new Set(); use(event); },
    onPointerMove: (event) => pressed.current && use(event),
    onPointerUp: () => { pressed.current = null; }, onPointerLeave: () => { pressed.current = null; },
  } : { role: "img" };
  const rowPlaces = Array.from({ length: layout.rows }, (_, at) => places.slice(at * layout.cols, (at + 1) * layout.cols));
  return html`<svg class=${`hall${edited ? " edited" : ""}`} viewBox=${`0 0 ${width} ${height}`} width=${edited ? width * 1.25 : undefined} aria-label=${label} ...${handlers}>
    <path class="screen" d=${`M${width * 0.12} 18 Q${width / 2} 4 ${width * 0.88} 18`} />
    ${rowPlaces.map((row, index) => {
      const painted = row.find((place) => place.isSeat)?.label.row;
      return painted && html`<text key=${`l${index}`} class="row-label" x=${MARGIN - 8} y=${TOP + index * SIZE + 16}>${painted}</text>`;
    })}
    ${edited && rowPlaces.flatMap((row, index) => row.filter((place) => aisleAfter(layout, place.row, place.number)).map((place) =>
      html`<path key=${`a${place.id}`} class="aisle" d=${`M${lefts[place.number] + SIZE + AISLE / 2} ${TOP + index * SIZE}v${SIZE}`} />`))}
    ${places.map((place, at) => html`<${Place} key=${place.id} place=${place} left=${lefts[place.number]} top=${TOP + Math.floor(at / layout.cols) * SIZE} typeIndex=${Math.max(0, types.indexOf(place.type))}
      isEdited=${Boolean(edited)} isCurrent=${edited?.current === place.id} />`)}
  </svg>`;
};

/** What the drawing's colours and shapes mean, with how many seats there are of each. */
export const Legend = ({ layout }) => {
  const seats = placesOf(layout).filter((place) => place.isSeat);
  const count = (test) => seats.filter(test).length;
  return html`<ul class="hall-legend">
    ${layout.seatTypes.map((type, at) => html`<li key=${type.type}><i class=${`type-${at % 6}`}></i>${type.type} × ${type.priceFactor}: ${count((place) => place.type === type.type)}</li>`)}
    <li>${say("accessible")}: ${count((place) => place.accessible)}</li><li>${say("blocked")}: ${count((place) => place.blocked)}</li>
    <li><b>${say.count(seats.length, "{count} seat", "{count} seats")}</b></li>
  </ul>`;
};
