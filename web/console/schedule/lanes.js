// A day on a timeline, a lane for each screen. Shows are moved by pointer and by arrow keys alike.
import { useEffect, useRef } from "preact/hooks";
import { clock, percent } from "../../base/format.js";
import { html } from "../../base/html.js";
import { area, locale } from "../../base/words.js";
import { CLEANING, MINUTE, STEP, conflicts, fullness, hoursOf, shareOf, snapped, spanOf } from "./timeline.js";

const say = await area("console_schedule");
const hourText = (instant, timeZone) => new Intl.DateTimeFormat(locale, { hour: "numeric", timeZone }).format(instant);
const FAR = 4; // pixels that make a press a drag

const placed = (span, day) => {
  const { left, width } = shareOf(span, day);
  return { left: `${left * 100}%`, width: `${width * 100}%` };
};

/** Where a show is while it is moved, else where it stands. */
const spanNow = (show, draft) => (draft?.id === show.id ? { start: draft.start, end: draft.end } : spanOf(show));

const Block = ({ show, day, zone, draft, shows, isSelected, onSelect, onDraft, onKey }) => {
  const press = useRef(null);
  const dragged = useRef(false);
  const span = spanNow(show, draft);
  const isMoved = draft?.id === show.id;
  const inTheWay = isMoved ? conflicts(span, show.screenId, shows, { without: show.id }) : [];
  const full = fullness(show);
  const canMove = show.status === "scheduled" && spanOf(show).start > Date.now();
  const moveTo = (start) => {
    const { start: from, end } = spanOf(show);
    onDraft({ id: show.id, start, end: start + end - from });
  };
  const onPointerDown = (event) => {
    if (!canMove || event.button !== 0) return;
    press.current = { x: event.clientX, start: span.start, width: event.currentTarget.parentElement.clientWidth, isDrag: false };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event) => {
    const held = press.current;
    if (!held || (!held.isDrag && Math.abs(event.clientX - held.x) < FAR)) return;
    if (!held.isDrag) onSelect(show);
    held.isDrag = true;
    moveTo(snapped(held.start + ((event.clientX - held.x) / held.width) * (day.to - day.from)));
  };
  const onPointerUp = () => {
    dragged.current = Boolean(press.current?.isDrag);
    press.current = null;
  };
  const onClick = () => {
    if (!dragged.current) onSelect(show); // the click that ends a drag chooses nothing
    dragged.current = false;
  };
  const onKeyDown = (event) => {
    const direction = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (direction && canMove) {
      event.preventDefault();
      if (!isSelected) onSelect(show);
      moveTo(span.start + direction * (event.shiftKey ? 12 : 1) * STEP * MINUTE);
    } else if (isMoved) onKey(event);
  };
  const name = say("{film} {from} to {to}, {screen}, {percent} full", {
    film: show.movie.title, from: clock(span.start, zone), to: clock(span.end, zone), screen: show.screen.name, percent: percent(full),
  });
  const state = inTheWay.length ? "clash" : isMoved ? "draft" : show.status;
  return html`<li>
    <span class="cleaning" style=${placed({ start: span.end, end: span.end + CLEANING * MINUTE }, day)} aria-hidden="true"></span>
    <button type="button" class=${`show ${state}`} style=${placed(span, day)} aria-label=${name} aria-pressed=${isSelected}
      data-show=${show.id} title=${name} onClick=${onClick} onKeyDown=${onKeyDown} onPointerDown=${onPointerDown}
      onPointerMove=${onPointerMove} onPointerUp=${onPointerUp} onPointerCancel=${onPointerUp}>
      <b>${show.movie.title}</b> <span>${clock(span.start, zone)}</span><span class="fill" style=${{ width: `${full * 100}%` }}></span>
    </button>
  </li>`;
};

/** The lanes of `screens`; `onDraft({id, start, end})` while a show is moved, `onKey(event)` for keys on a moved one. */
export const Lanes = ({ screens, shows, day, zone, draft, selected, onSelect, onDraft, onKey }) => {
  const frame = useRef(null);
  const hours = hoursOf(day);
  useEffect(() => {
    const first = shows.length ? Math.min(...shows.map((show) => spanOf(show).start)) : day.from + 4 * 60 * MINUTE;
    const track = frame.current.querySelector(".track");
    frame.current.scrollLeft = shareOf({ start: first - 60 * MINUTE, end: day.to }, day).left * track.clientWidth;
  }, [day.from, shows.length > 0]);
  return html`<div class="timeline" ref=${frame} role="group" tabindex="0" aria-label=${say("Timeline of the day")}>
    <div class="lane hours" aria-hidden="true"><span class="screen"></span><div class="track">
      ${hours.map((hour) => html`<span key=${hour} class="hour" style=${placed({ start: hour, end: hour + 60 * MINUTE }, day)}>${hourText(hour, zone)}</span>`)}
    </div></div>
    ${screens.map((screen) => html`<section class="lane" key=${screen.id} aria-label=${screen.name}>
      <h2 class="screen">${screen.name}</h2>
      <ul class="track" style=${{ backgroundSize: `${100 / hours.length}% 100%` }}>
        ${shows.filter((show) => show.screenId === screen.id).map((show) => html`<${Block} key=${show.id} show=${show} shows=${shows} day=${day} zone=${zone}
          draft=${draft} isSelected=${selected === show.id} onSelect=${onSelect} onDraft=${onDraft} onKey=${onKey} />`)}
      </ul>
    </section>`)}
  </div>`;
};
