// The halls of a theater: each as a drawing, drawn anew or changed, with what a change means for shows that are on sale.
import { useState } from "preact/hooks";
import { all, api } from "../../base/api.js";
import { dayAndClock } from "../../base/format.js";
import { html } from "../../base/html.js";
import { go } from "../../base/router.js";
import { Button, ButtonLink, Empty, Failure, Field, Notice, Title, useTabTitle, useWork } from "../../base/ui.js";
import { area } from "../../base/words.js";
import { Confirm } from "../confirm.js";
import { WithTheater } from "../planning/theater.js";
import { styles } from "../styles.js";
import { Editor } from "./editor.js";
import { Hall } from "./hall.js";
import { blankLayout, patchOf, sent } from "./layout.js";

const say = await area("console_layouts");
await styles(new URL("./layouts.css", import.meta.url));

const Halls = ({ theater }) => html`
  <p class="actions first"><${ButtonLink} kind="primary" href="/console/layouts/new">${say("Draw a new hall")}<//></p>
  ${!theater.screens.length && html`<${Empty}>${say("This theater has no hall yet.")}<//>`}
  <ul class="grid halls">${theater.screens.map((screen) => html`<li key=${screen.id}><a class="card" href=${`/console/layouts/${screen.id}`}>
    <${Hall} layout=${screen.layout} label=${say("Drawing of {screen}", { screen: screen.name })} /><h2>${screen.name}</h2><p class="soft">${say.count(screen.seatsTotal, "{count} seat", "{count} seats")}</p></a></li>`)}</ul>`;

/** Shows that are on sale with the layout as it was. */
const Kept = ({ shows, theater }) => html`<${Notice} kind="good"><p>${say("The hall is saved. Shows scheduled from now on have it.")}</p>
  ${shows.length > 0 && html`<p>${say.count(shows.length, "{count} show that is on sale keeps the hall as it was:", "{count} shows that are on sale keep the hall as it was:")}</p>
  <ul class="plain">${shows.slice(0, 10).map((show) => html`<li key=${show.id}>${dayAndClock(show.startAt, theater.timezone)}: ${show.movie.title}</li>`)}</ul>
  ${shows.length > 10 && html`<p>${say.count(shows.length - 10, "and {count} more", "and {count} more")}</p>`}`}<//>`;

const Remove = ({ screen, onClose }) => {
  const work = async () => {
    await api.delete(`/api/admin/screens/${screen.id}`);
    go("/console/layouts");
  };
  return html`<${Confirm} title=${say("Remove {screen}?", { screen: screen.name })} yes=${say("Remove the hall")} work=${work} onClose=${onClose}>
    <p>${say("A hall with upcoming shows cannot be removed.")}</p>
  <//>`;
};

const unchanged = async (theater, screen) => {
  const now = await api.get(`/api/theaters/${theater.id}`, { cache: "no-cache" });
  return JSON.stringify(now.screens.find((each) => each.id === screen.id)) === JSON.stringify(screen);
};

const Designer = ({ theater, screen }) => {
  const [known, setKnown] = useState(screen); // as the server has it; null for a new hall
  const [name, setName] = useState(screen?.name ?? say("Screen {number}", { number: theater.screens.length + 1 }));
  const [layout, setLayout] = useState(screen?.layout ?? blankLayout());
  const [kept, setKept] = useState(null);
  const [removes, setRemoves] = useState(false);
  const edit = (next) => {
    setLayout(next);
    setKept(null);
  };
  const [run, { busy, problem }] = useWork(async () => {
    if (!known) {
      const made = await api.post("/api/admin/screens", { theaterId: theater.id, name: name.trim(), layout: sent(layout) });
      return go(`/console/layouts/${made.id}`, { replace: true });
    }
    if (!(await unchanged(theater, known))) throw new Error(say("Somebody changed this hall meanwhile. Load it again and repeat your change."));
    const { keeps, ...changed } = await api.patch(`/api/admin/screens/${known.id}`, { name: name.trim(), layout: patchOf(known.layout, sent(layout)) });
    setKnown(changed);
    setLayout(changed.layout);
    const shows = keeps.length ? await all("/api/showtimes", { theaterId: theater.id }) : [];
    return setKept(shows.filter((show) => keeps.includes(show.id)));
  });
  return html`<form onSubmit=${(event) => { event.preventDefault(); run(); }}>
    <div class="designer-head"><${Field} label=${say("Name of the hall")} required maxlength="80" value=${name} problem=${problem} path="name" onInput=${(event) => { setName(event.target.value); setKept(null); }} />
      <${Button} kind="primary" type="submit" busy=${busy}>${known ? say("Save the hall") : say("Build the hall")}<//>
      ${known && html`<${Button} kind="danger" onClick=${() => setRemoves(true)}>${say("Remove")}<//>`}</div>
    <${Failure} problem=${problem}>${problem?.errors?.length > 0 && html`<ul class="plain">${problem.errors.map((error) => html`<li key=${error.path}>${error.path.replace(/^layout\./, "")}: ${error.message}</li>`)}</ul>`}<//>
    ${kept && html`<${Kept} shows=${kept} theater=${theater} />`}
    <${Editor} layout=${layout} onChange=${edit} />
    ${removes && html`<${Remove} screen=${known} onClose=${() => setRemoves(false)} />`}
  </form>`;
};

export default function Layouts({ id, theater, arrived }) {
  useTabTitle(say("Halls"));
  return html`<${WithTheater} theater=${theater}>${(value) => {
    const screen = value.screens.find((each) => each.id === id);
    if (!id) return html`<${Title} focus=${arrived}>${say("Halls")}<//><${Halls} theater=${value} />`;
    return html`<p><a href="/console/layouts">${say("All halls")}</a></p><${Title} focus=${arrived}>${screen ? screen.name : say("New hall")}<//>
      ${id === "new" || screen ? html`<${Designer} key=${id} theater=${value} screen=${screen ?? null} />` : html`<${Empty}>${say("There is no such hall at this theater.")}<//>`}`;
  }}<//>`;
}
