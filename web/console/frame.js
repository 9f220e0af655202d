// What is around every section of the console: where one works, the way to the other sections, and who may see which.
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { html } from "../base/html.js";
import { isSignedIn, resume, user } from "../base/session.js";
import { Button, Empty, Failure, Loading, Title, useTabTitle } from "../base/ui.js";
import { area } from "../base/words.js";
import { Entry, NotPermitted } from "./entry.js";
import { SECTIONS, isOpenTo, pathOf } from "./sections.js";
import { wear } from "./styles.js";
import { chooseTheater, loadTheaters, theater, theaters } from "./theaters.js";

const say = await area("console");
const loaded = new Map(); // pages by their section's name

const Theaters = () => html`<div class="field console-theater">
  <label for="console-theater">${say("Theater")}</label>
  <select id="console-theater" value=${theater.value?.id} onChange=${(event) => chooseTheater(event.target.value)}>
    ${theaters.value.map(({ id, name, city }) => html`<option key=${id} value=${id}>${name}, ${city}</option>`)}
  </select>
</div>`;

const Side = ({ current, roles }) => html`<div class="console-side">
  ${theaters.value?.length > 0 && html`<${Theaters} />`}
  <nav aria-label=${say("Sections")}>
    <ul>${SECTIONS.filter((section) => isOpenTo(section, roles)).map(({ name, title }) =>
      html`<li key=${name}><a href=${pathOf(name)} aria-current=${name === current ? "page" : undefined}>${title}</a></li>`)}</ul>
  </nav>
</div>`;

const Page = ({ section, ...rest }) => {
  const [page, setPage] = useState(() => loaded.get(section.name) ?? null);
  const [problem, setProblem] = useState(null);
  const load = () => {
    section.load().then(
      (module) => {
        loaded.set(section.name, module.default);
        setPage(() => module.default);
      },
      (cause) => setProblem({ message: say("This section could not be loaded. Are you connected?"), cause }),
    );
  };
  useLayoutEffect(() => {
    wear(section.name);
    if (!page) load();
  }, []);
  if (problem) return html`<${Title}>${section.title}<//><${Failure} problem=${problem} again=${() => location.reload()} />`;
  return page ? html`<${page} ...${rest} />` : html`<${Loading} />`;
};

const Within = ({ section, id, arrived }) => {
  const [problem, setProblem] = useState(null);
  const load = () => {
    setProblem(null);
    loadTheaters(user.value).catch(setProblem);
  };
  useEffect(() => {
    if (!theaters.value) load();
  }, []);
  useEffect(() => {
    const element = document.querySelector(".console-side [aria-current]");
    element?.scrollIntoView({ block: "nearest", inline: "center" });
  }, []);
  if (problem) return html`<${Failure} problem=${problem} again=${load} />`;
  if (!theaters.value) return html`<${Loading} />`;
  if (!theater.value && section.needsTheater !== false) {
    return html`<${Title} focus=${arrived}>${section.title}<//><${Empty}><p>${say("There is no theater yet for you to work at.")}</p><p class="actions"><${Button} onClick=${load}>${say("Look again")}<//>${user.value.roles.includes("admin") && html`<a class="button primary" href=${pathOf("theaters")}>${say("Open a theater")}</a>`}</p><//>`;
  }
  return html`<${Page} key=${`${section.name} ${theater.value?.id}`} section=${section} id=${id} theater=${theater.value} arrived=${arrived} />`;
};

const Unknown = () => html`<${Title}>${say("There is no such section")}<//><p><a href="/console">${say("Today")}</a></p>`;

/** The console at `/console/<section>/<id>`. Each section's page gets `{id, theater, arrived}`, and is made anew for another
 * theater. */
export default function Console({ section: name = "today", id, arrived }) {
  const [isKnown, setIsKnown] = useState(Boolean(user.value));
  useEffect(() => {
    if (!isKnown) resume().finally(() => setIsKnown(true));
  }, []);
  const section = SECTIONS.find((one) => one.name === name);
  useTabTitle(section && isSignedIn.value ? section.title : say("Console"));
  if (!isKnown && !user.value) return html`<${Loading} />`;
  if (!user.value) return html`<${Entry} />`;
  const { roles } = user.value;
  if (!SECTIONS.some((one) => isOpenTo(one, roles))) return html`<${NotPermitted} />`;
  let inside = html`<${Unknown} />`;
  if (section) inside = isOpenTo(section, roles) ? html`<${Within} section=${section} id=${id} arrived=${arrived} />` : html`<${NotPermitted} works />`;
  return html`<div class="console"><${Side} current=${name} roles=${roles} /><div class="console-page">${inside}</div></div>`;
}
