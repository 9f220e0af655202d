// Waiting rooms before shows that many want: which there are, opened at once or at an hour, ended.
import { useState } from "preact/hooks";
import { all, api } from "../../base/api.js";
import { dayAndClock, number } from "../../base/format.js";
import { html } from "../../base/html.js";
import { Button, Check, Empty, Failure, Field, Loading, Notice, Title, useLoaded, useTabTitle, useWork } from "../../base/ui.js";
import { area } from "../../base/words.js";
import { Confirm } from "../confirm.js";
import { useLive } from "../live.js";
import { Named, showText } from "../named.js";
import { instantIn } from "../schedule/timeline.js";

const say = await area("console_queues");
const SECONDS = 5;
const STATES = { open: () => say("not in force"), drawing: () => say("guests gather, their order is drawn at the opening"), waiting: () => say("guests are let in by their order") };

const openingText = (opensAt, zone) => {
  const time = dayAndClock(opensAt, zone);
  return Date.parse(opensAt) > Date.now() ? say("opens {time}", { time }) : say("since {time}", { time });
};

const Room = ({ room, zone, onEnded }) => {
  const [ends, setEnds] = useState(false);
  const end = async () => {
    await api.delete(`/api/admin/queues/${room.showtimeId}`);
    setEnds(false);
    onEnded();
  };
  return html`<li class="card"><div class="row between"><div><h2><${Named} id=${room.showtimeId} /></h2>
      <p class="soft">${STATES[room.state]()}${room.opensAt && html` · ${openingText(room.opensAt, zone)}`} · ${say("{count} let in per minute", { count: number(room.ratePerMinute) })}</p>
      <p><b>${say.count(room.waiting, "{count} guest waits", "{count} guests wait")}</b></p></div>
    <${Button} kind="danger" onClick=${() => setEnds(true)}>${say("End it")}<//></div>
    ${ends && html`<${Confirm} title=${say("End the waiting room?")} yes=${say("End it")} work=${end} onClose=${() => setEnds(false)}><p>${say("All who wait may buy at once.")}</p><//>`}</li>`;
};

const Opening = ({ shows, zone, onOpened }) => {
  const [fields, setFields] = useState({ showtimeId: shows[0]?.id ?? "", opensAt: "", rate: "600", automatic: false });
  const set = (changes) => setFields((before) => ({ ...before, ...changes }));
  const [run, { busy, problem }] = useWork(async () => {
    const body = { showtimeId: fields.showtimeId, ratePerMinute: Number(fields.rate), automatic: fields.automatic };
    if (fields.opensAt) body.opensAt = instantIn(fields.opensAt, zone);
    await api.post("/api/admin/queues", body);
    onOpened();
  });
  if (!shows.length) return html`<${Empty}>${say("There is no upcoming show.")}<//>`;
  return html`<form class="card" onSubmit=${(event) => { event.preventDefault(); run(); }}><h2>${say("Open a waiting room")}</h2>
    <div class="columns">
      <${Field} label=${say("Show")} as="select" value=${fields.showtimeId} problem=${problem} path="showtimeId" onChange=${(event) => set({ showtimeId: event.target.value })}>${shows.map((show) => html`<option key=${show.id} value=${show.id}>${showText(show)}</option>`)}<//>
      <${Field} label=${say("Opens at")} type="datetime-local" hint=${say("Left empty: at once")} value=${fields.opensAt} problem=${problem} path="opensAt" onInput=${(event) => set({ opensAt: event.target.value })} />
      <${Field} label=${say("Guests let in per minute")} type="number" min="1" required value=${fields.rate} problem=${problem} path="ratePerMinute" onInput=${(event) => set({ rate: event.target.value })} />
    </div>
    <${Check} label=${say("Only when many come at once")} checked=${fields.automatic} onChange=${(event) => set({ automatic: event.target.checked })} />
    <p class="hint">${say("Who comes before the opening gets a place by lot, who comes later stands behind. Staff sell without waiting.")}</p>
    <${Failure} problem=${problem} />
    <p class="actions"><${Button} kind="primary" type="submit" busy=${busy}>${say("Open the waiting room")}<//></p></form>`;
};

export default function Queues({ theater, arrived }) {
  useTabTitle(say("Waiting rooms"));
  const zone = theater.timezone;
  const [opened, setOpened] = useState(false);
  const shows = useLoaded((signal) => all("/api/showtimes", { theaterId: theater.id }, { signal }), [theater.id]);
  const rooms = useLive((signal) => all("/api/admin/queues", {}, { signal }), [theater.id], SECONDS);
  const known = shows.value ?? [];
  const own = (rooms.value ?? []).filter((room) => room.theaterId === theater.id);
  const open = known.filter((show) => Date.parse(show.startAt) > Date.now() && !own.some((room) => room.showtimeId === show.id));
  return html`<${Title} focus=${arrived}>${say("Waiting rooms")}<//>
    <${Failure} problem=${shows.problem ?? rooms.problem} again=${() => { shows.reload(); rooms.reload(); }} />
    ${!(shows.value && rooms.value) && !(shows.problem ?? rooms.problem) && html`<${Loading} />`}
    ${shows.value && rooms.value && html`<div class="stack">${opened && html`<${Notice} kind="good">${say("The waiting room is in force.")}<//>`}
      ${own.length ? html`<ul class="stack">${own.map((room) => html`<${Room} key=${room.showtimeId} room=${room} zone=${zone} onEnded=${() => { setOpened(false); rooms.reload(); }} />`)}</ul>` : html`<${Empty}>${say("No waiting room: everybody buys at once.")}<//>`}
      <${Opening} key=${own.map((room) => room.showtimeId).join()} shows=${open} zone=${zone} onOpened=${() => { setOpened(true); rooms.reload(); }} /></div>`}`;
}
