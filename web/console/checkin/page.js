// Check-in: guests are let in by camera or by hand, with a network or without one.
import { useEffect, useState } from "preact/hooks";
import { clock, dateText, dayAndClock, number } from "../../base/format.js";
import { html } from "../../base/html.js";
import { Button, Empty, Failure, Field, Loading, Title } from "../../base/ui.js";
import { area } from "../../base/words.js";
import { useLive } from "../live.js";
import { pathOf } from "../sections.js";
import { businessDay, doorsAreOpen, isOver, showsOf } from "../shows.js";
import { styles } from "../styles.js";
import { Camera } from "./camera.js";
import { deviceId } from "./device.js";
import { storeConsole } from "./offline.js";
import { Readiness, Stored, storedShows, useReadiness } from "./ready.js";
import { scansOf } from "./shelf.js";
import { keysHere, useGate } from "./state.js";
import { conflictsIn, sendScans, waitingIn } from "./uploads.js";
import { Verdict, detailOf, shortOf } from "./verdict.js";

const say = await area("console_checkin");
await styles(new URL("./checkin.css", import.meta.url));
const HISTORY = 8;
const MINUTE_MS = 60_000;

const Left = () => {
  const [scans, setScans] = useState([]);
  const read = () => scansOf().then(setScans);
  const send = () => sendScans(undefined, deviceId(), 10_000).catch(() => {}).then(read);
  useEffect(() => {
    keysHere().catch(() => {});
    read().catch(() => {});
    if (navigator.onLine) send();
  }, []);
  const [waiting, conflicts] = [waitingIn(scans), conflictsIn(scans)];
  return html`
    ${waiting.length > 0 && html`<div class="notice warn" role="status"><p>${say.count(waiting.length, "{count} scan waits on this device for a network.", "{count} scans wait on this device for a network.")}</p><p><${Button} onClick=${send}>${say("Send now")}<//></p></div>`}
    ${conflicts.length > 0 && html`<div class="notice bad"><p>${say.count(conflicts.length, "{count} guest was let in who should not have been.", "{count} guests were let in who should not have been.")}</p>
      <ul>${[...new Set(conflicts.map(({ showtimeId }) => showtimeId))].map((id) => html`<li key=${id}><a href=${pathOf("checkin", id)}>${say("Look at them")}</a></li>`)}</ul></div>`}`;
};

// Without a network, those that are stored on this device.
const showsHere = async (theater, day, signal) => {
  const stored = navigator.onLine ? [] : await storedShows(theater, day);
  return stored.length ? stored : showsOf(theater, day, signal);
};

const Shows = ({ theater }) => {
  const day = businessDay(Date.now(), theater.timezone);
  const { value: shows, problem, reload } = useLive((signal) => showsHere(theater, day, signal), [theater.id, day], 60);
  const readiness = useReadiness(shows ?? []);
  return html`<p class="soft">${dateText(day, { weekday: "long", day: "numeric", month: "long" })}</p>
    <${Left} />
    <${Failure} problem=${problem} again=${reload} />
    ${!shows && !problem && html`<${Loading} lines=${4} />`}
    ${shows && html`<${Readiness} shows=${shows} readiness=${readiness} />`}
    ${shows && (shows.length ? html`<ul class="grid">${shows.map((show) => html`<li key=${show.id}><a class="card gate-show" href=${pathOf("checkin", show.id)}>
      <span class="when">${clock(show.startAt, theater.timezone)}</span><b>${show.movie.title}</b>
      <span class="soft small">${show.screen.name}</span>
      <span class=${`badge ${doorsAreOpen(show) ? "good" : ""}`}>${isOver(show) ? say("Over") : doorsAreOpen(show) ? say("Doors are open") : say("Not open yet")}</span>
      <${Stored} list=${readiness.lists.get(show.id)} timeZone=${theater.timezone} /></a></li>`)}</ul>`
      : html`<${Empty}><p>${say("Nothing plays today.")}</p><//>`)}`;
};

const Hand = ({ onText }) => {
  const [text, setText] = useState("");
  const onSubmit = (event) => {
    event.preventDefault();
    if (text.trim()) onText(text);
    setText("");
    event.target.querySelector("input").focus();
  };
  return html`<form onSubmit=${onSubmit} class="by-hand">
    <${Field} label=${say("Reference or ticket code")} hint=${say("Eight letters and digits, as they stand on the ticket")} value=${text} autocomplete="off" autocapitalize="characters" spellcheck="false" onInput=${(event) => setText(event.target.value)} />
    <${Button} kind="primary" type="submit" class="block">${say("Check in")}<//>
  </form>`;
};

const List = ({ state }) => {
  const { gate, isOnline, waiting, isLoading } = state;
  const [, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTick((before) => before + 1), MINUTE_MS / 4);
    return () => clearInterval(timer);
  }, []);
  const minutes = gate && Math.max(0, Math.floor((Date.now() - Date.parse(gate.manifest.generatedAt)) / MINUTE_MS));
  return html`<div class="gate-list small">
    <p role="status"><span class=${`badge ${isOnline ? "good" : "warn"}`}>${isOnline ? say("Connected") : say("Offline")}</span>
      ${" "}${gate ? minutes ? say.count(minutes, "The list is {count} minute old.", "The list is {count} minutes old.") : say("The list is fresh.") : isLoading ? say("The list is being fetched …") : say("There is no list of this show on this device yet.")}</p>
    ${gate && html`<p>${say("{inside} of {expected} guests are inside.", { inside: number(gate.count().inside), expected: number(gate.count().expected) })}</p>`}
    ${waiting.length > 0 && html`<p role="status">${say.count(waiting.length, "{count} scan waits on this device for a network.", "{count} scans wait on this device for a network.")}</p>`}
    <p class="soft">${say("This device: {device}", { device: deviceId() })}</p>
  </div>`;
};

const Conflicts = ({ conflicts, timeZone }) => conflicts.length > 0 && html`<section class="notice bad" aria-labelledby="conflicts">
  <h2 id="conflicts">${say("Let in here, but not by the server")}</h2>
  <ul>${conflicts.map(({ id, text, at, reference, result }) => html`<li key=${id}><b class="mono">${result.reference ?? reference ?? text.slice(0, 12)}</b> · ${clock(at, timeZone)} · ${shortOf(result.outcome)}${detailOf(result, timeZone) && ` · ${detailOf(result, timeZone)}`}</li>`)}</ul>
</section>`;

const History = ({ scans, timeZone }) => scans.length > 0 && html`<section aria-labelledby="scans"><h2 id="scans">${say("Last scans")}</h2>
  <ul class="history">${scans.slice(-HISTORY).reverse().map(({ id, text, at, shown, reference, result }) => html`<li key=${id}>
    <span>${clock(at, timeZone)}</span> <span class="mono">${result?.reference ?? reference ?? text.slice(0, 12)}</span> <span>${shown ? shortOf(shown) : ""}</span></li>`)}</ul></section>`;

const Problem = ({ state }) => {
  const { problem, isForeign, refresh } = state;
  if (problem?.name === "NotSupportedError" || (problem && !globalThis.crypto?.subtle)) return html`<${Failure} problem=${{ message: say("This browser cannot verify tickets without a network. A newer one can.") }} />`;
  if (!isForeign) return html`<${Failure} problem=${problem} again=${() => refresh()} />`;
  return html`<${Failure} problem=${{ message: say("The list is not signed by the keys that this device stored. It is not used.") }}>
    <p>${say("If this network is your theater's own, fetch the keys once more.")}</p><p><${Button} onClick=${() => refresh({ anew: true })}>${say("Fetch the keys")}<//></p><//>`;
};

const OfShow = ({ id, theater, arrived }) => {
  const state = useGate(id);
  const [verdict, setVerdict] = useState(null);
  const [failure, setFailure] = useState(null);
  const { show, gate, scans, conflicts } = state;
  const timeZone = show?.theater.timezone ?? theater.timezone;
  const onText = async (text) => {
    try {
      setFailure(null);
      setVerdict(await state.scan(text));
      navigator.vibrate?.(60);
    } catch (problem) {
      setFailure(problem);
    }
  };
  return html`<p><a href=${pathOf("checkin")}>${say("Other shows")}</a></p>
    <${Title} focus=${arrived}>${show ? show.movie.title : say("Check-in")}<//>
    ${show && html`<p class="soft">${show.screen.name} · ${dayAndClock(show.startAt, timeZone)}</p>`}
    <${Problem} state=${state} />
    <${Failure} problem=${failure} />
    <div class="split">
      <div class="stack"><${Verdict} verdict=${verdict} gate=${gate} labels=${show?.labels} timeZone=${timeZone} /><${Conflicts} conflicts=${conflicts} timeZone=${timeZone} /></div>
      <div class="card stack"><${Camera} onCode=${onText} /><${Hand} onText=${onText} /><${List} state=${state} /></div>
    </div>
    <${History} scans=${scans} timeZone=${timeZone} />`;
};

/** `/console/checkin`: today's shows; `/console/checkin/<showtimeId>`: the gate of one. */
export default function CheckIn({ id, theater, arrived }) {
  useEffect(() => {
    storeConsole();
  }, []);
  if (id) return html`<${OfShow} id=${id} theater=${theater} arrived=${arrived} />`;
  return html`<${Title} focus=${arrived}>${say("Check-in")}<//><${Shows} theater=${theater} />`;
}
