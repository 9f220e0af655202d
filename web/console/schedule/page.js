// The schedule of a business day: what plays on which screen, added, moved, repeated, copied and cancelled.
import { useEffect, useRef, useState } from "preact/hooks";
import { Problem, api, send } from "../../base/api.js";
import { clock, dateAfter, dateText } from "../../base/format.js";
import { html } from "../../base/html.js";
import { place, setQuery } from "../../base/router.js";
import { Button, Empty, Failure, Field, Loading, Notice, Title, useTabTitle, useWork } from "../../base/ui.js";
import { area } from "../../base/words.js";
import { useLive } from "../live.js";
import { WithTheater } from "../planning/theater.js";
import { showsOf } from "../shows.js";
import { styles } from "../styles.js";
import { CopyWeek } from "./copy.js";
import { AddShow } from "./form.js";
import { Lanes } from "./lanes.js";
import { Selected } from "./selected.js";
import { businessDateOf, businessDay, conflicts, spanOf } from "./timeline.js";

const say = await area("console_schedule");
await styles(new URL("./schedule.css", import.meta.url));
const FRESH_SECONDS = 30; // how full shows are, and what others change

const DayBar = ({ date, today, onAdd, onCopy }) => {
  const choose = (chosen) => chosen && setQuery({ date: chosen });
  return html`<div class="day-bar">
    <div class="row">
      <${Button} aria-label=${say("The day before")} onClick=${() => choose(dateAfter(date, -1))}>←<//>
      <${Field} label=${say("Business day")} type="date" value=${date} onChange=${(event) => choose(event.target.value)} />
      <${Button} aria-label=${say("The day after")} onClick=${() => choose(dateAfter(date, 1))}>→<//>
      <${Button} kind="quiet" disabled=${date === today} onClick=${() => choose(today)}>${say("Today")}<//>
    </div>
    <div class="row"><${Button} onClick=${onCopy}>${say("Copy a week")}<//><${Button} kind="primary" onClick=${onAdd}>${say("Add a show")}<//></div>
  </div>`;
};

/** What a move would do, before it is sent. */
const MovePreview = ({ draft, show, shows, zone, work, onSend, onDrop }) => {
  const [, { busy, problem }] = work;
  const before = spanOf(show);
  const busyWith = conflicts(draft, show.screenId, shows, { without: show.id });
  const isPast = draft.start <= Date.now();
  return html`<div class=${`notice ${busyWith.length || isPast ? "bad" : "info"}`} data-part="move">
    <div role="status">
      <p>${say("{film} moves from {before} to {start} and ends at {end}.", { film: show.movie.title, before: clock(before.start, zone), start: clock(draft.start, zone), end: clock(draft.end, zone) })}</p>
      ${busyWith.map((other) => html`<p key=${other.id}>${say("{screen} is busy: {film} plays from {from} to {to}, and cleaning takes 15 minutes.", { screen: show.screen.name, film: other.movie.title, from: clock(other.startAt, zone), to: clock(other.endAt, zone) })}</p>`)}
      ${isPast && html`<p>${say("That time is past.")}</p>`}
      ${show.seatsAvailable < show.seatsTotal && html`<p>${say("Guests who have tickets are told, and may cancel in full.")}</p>`}
    </div>
    <${Failure} problem=${problem} />
    <p class="row"><${Button} kind="primary" busy=${busy} disabled=${busyWith.length > 0 || isPast} onClick=${onSend}>${say("Move the show")}<//>
      <${Button} onClick=${onDrop}>${say("Leave it as it was")}<//></p>
  </div>`;
};

const Day = ({ theater }) => {
  const zone = theater.timezone;
  const today = businessDateOf(Date.now(), zone);
  const date = place.value.query.get("date") || today;
  const [dialog, setDialog] = useState(null);
  const [selected, setSelected] = useState(null); // {id, etag}
  const [draft, setDraft] = useState(null);
  const [said, setSaid] = useState("");
  const selectedNow = useRef(null);
  const shows = useLive((signal) => showsOf(theater, date, signal), [theater.id, date], FRESH_SECONDS);
  useEffect(() => {
    selectedNow.current = null;
    setSelected(null);
    setDraft(null);
  }, [theater.id, date]);
  const show = shows.value?.find((each) => each.id === selected?.id);

  const select = async (chosen) => {
    const isAgain = selectedNow.current === chosen.id;
    if (isAgain && draft) return;
    selectedNow.current = chosen.id;
    setDraft(null);
    if (isAgain) shows.reload(); // chosen again, it is read anew: another may have changed it
    else setSelected({ id: chosen.id, etag: null });
    work[1].clear();
    const { body, etag } = await send("GET", `/api/showtimes/${chosen.id}`);
    if (selectedNow.current === chosen.id) setSelected({ id: chosen.id, etag, startAt: body.startAt });
  };
  const changed = (text) => {
    selectedNow.current = null;
    setSelected(null);
    setDraft(null);
    setSaid(text);
    shows.reload();
  };
  const work = useWork(async () => {
    const { body, etag } = selected.etag ? { body: selected, etag: selected.etag } : await send("GET", `/api/showtimes/${show.id}`);
    // A move is from where the timeline shows it: what another admin moved meanwhile is left alone.
    if (body.startAt !== show.startAt) throw new Problem(412, { code: "stale_version" });
    const moved = await api.patch(`/api/admin/showtimes/${show.id}`, { startAt: new Date(draft.start).toISOString() }, { etag });
    changed(say("{film} now starts at {time}.", { film: show.movie.title, time: clock(moved.startAt, zone) }));
  });
  const drop = () => {
    setDraft(null);
    work[1].clear();
    if (work[1].problem?.code === "stale_version") changed("");
  };
  const onKey = (event) => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    if (event.key === "Escape") drop();
    else if (!conflicts(draft, show.screenId, shows.value, { without: show.id }).length && draft.start > Date.now()) work[0]();
  };

  return html`
    <${DayBar} date=${date} today=${today} onAdd=${() => setDialog("add")} onCopy=${() => setDialog("copy")} />
    <p class="soft">${say("{day}, 6:00 to 6:00 by the clock of {theater}.", { day: dateText(date, { weekday: "long", day: "numeric", month: "long" }), theater: theater.name })}</p>
    ${said && html`<${Notice} kind="good">${said}<//>`}
    <${Failure} problem=${shows.problem} again=${shows.reload} />
    ${!shows.value && !shows.problem && html`<${Loading} lines=${4} />`}
    ${shows.value && !theater.screens.length && html`<${Empty}><p>${say("This theater has no screen yet.")}</p><p><a href="/console/layouts">${say("Draw a hall")}</a></p><//>`}
    ${shows.value && theater.screens.length > 0 && html`
      <${Lanes} screens=${theater.screens} shows=${shows.value} day=${businessDay(date, zone)} zone=${zone} draft=${draft}
        selected=${selected?.id} onSelect=${select} onDraft=${setDraft} onKey=${onKey} />
      <p class="hint schedule-hint">${say("Drag a show, or choose it and press the arrow keys: each press is 5 minutes. Nothing is sent before you confirm.")}</p>
      ${draft && show && html`<${MovePreview} draft=${draft} show=${show} shows=${shows.value} zone=${zone} work=${work} onSend=${work[0]} onDrop=${drop} />`}
      ${show && !draft && html`<${Selected} key=${show.id} show=${show} etag=${selected.etag} theater=${theater} shows=${shows.value} onDraft=${setDraft} onChanged=${changed} />`}`}
    ${dialog === "add" && html`<${AddShow} theater=${theater} date=${date} onClose=${() => setDialog(null)} onAdded=${(text) => changed(text)} />`}
    ${dialog === "copy" && html`<${CopyWeek} theater=${theater} date=${date} onClose=${() => setDialog(null)} onCopied=${() => shows.reload()} />`}`;
};

export default function Schedule({ theater, arrived }) {
  useTabTitle(say("Schedule"));
  return html`<${Title} focus=${arrived}>${say("Schedule")}<//>
    <${WithTheater} theater=${theater}>${(value) => html`<${Day} key=${value.id} theater=${value} />`}<//>`;
}
