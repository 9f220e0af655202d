// What is around every page: the way home, language, account, and the page itself with what went wrong in loading it.
import { render } from "preact";
import { useEffect, useErrorBoundary, useState } from "preact/hooks";
import { html } from "./html.js";
import { place, routing } from "./router.js";
import { isSignedIn, resume, user } from "./session.js";
import { Button, Failure, Loading } from "./ui.js";
import { LANGUAGES, area, language, speak } from "./words.js";

const say = await area("base");

const Language = () => html`<label class="language">
  <span class="hidden">${say("Language")}</span>
  <select value=${language} onChange=${(event) => speak(event.target.value)}>
    ${Object.entries(LANGUAGES).map(([tag, name]) => html`<option key=${tag} value=${tag} lang=${tag}>${name}</option>`)}
  </select>
</label>`;

const worksHere = () => user.value?.roles?.some((role) => role !== "user");

const Header = ({ links }) => html`<header class="top">
  <a class="skip" href="#main">${say("To the content")}</a>
  <a class="brand" href="/">Marquee</a>
  <nav aria-label=${say("Pages")}>
    ${links.map(([path, text]) => html`<a key=${path} href=${path} aria-current=${place.value.path === path ? "page" : undefined}>${text}</a>`)}
    ${worksHere() && html`<a href="/console">${say("Console")}</a>`}
    <a href="/account" aria-current=${place.value.path === "/account" ? "page" : undefined}>${isSignedIn.value ? user.value.name || say("Account") : say("Sign in")}</a>
  </nav>
  <${Language} />
</header>`;

const Broken = ({ children }) => {
  const [error, reset] = useErrorBoundary((thrown) => console.error(thrown));
  if (error) return html`<main id="main"><${Failure} problem=${{ message: say("Something went wrong on our side. Please try again.") }} again=${() => { reset(); location.reload(); }} /></main>`;
  return children;
};

const NotHere = () => html`<h1>${say("There is no such page")}</h1><p><a href="/">${say("To the films")}</a></p>`;

let shownBefore = false;

const Page = ({ find }) => {
  const { path } = place.value;
  const found = find(path);
  const [loaded, setLoaded] = useState({ load: null, page: null, problem: null });
  const load = () => {
    if (!found) return;
    found.load().then(
      (module) => setLoaded({ load: found.load, page: module.default, problem: null }),
      (problem) => setLoaded({ load: found.load, page: null, problem: { message: say("This page could not be loaded. Are you connected?") } , cause: problem }),
    );
  };
  useEffect(load, [path]);
  useEffect(() => {
    if (loaded.page) shownBefore = true;
  }, [loaded.page]);
  if (!found) return html`<${NotHere} />`;
  if (loaded.load !== found.load) return html`<${Loading} />`;
  if (loaded.problem) return html`<${Failure} problem=${loaded.problem}><p><${Button} onClick=${() => location.reload()}>${say("Try again")}<//></p><//>`;
  return html`<${loaded.page} key=${path} ...${found.parameters} arrived=${shownBefore} />`;
};

const Frame = ({ find, links, wide }) => html`<${Broken}>
  <${Header} links=${links} />
  <main id="main" tabindex="-1" class=${wide ? "wide" : ""}><${Page} find=${find} /></main>
  <footer class="bottom"><p>Marquee</p><nav aria-label=${say("More")}><a href="/api/docs">${say("For developers")}</a></nav></footer>
<//>`;

/** Show the pages of a shell: `routes` as for `routing`, `links` as `[path, text]`. A page gets its parameters, and
 * `arrived`: whether one came from another page. */
export const start = (routes, { links = [], wide = false } = {}) => {
  const find = routing(routes);
  render(html`<${Frame} find=${find} links=${links} wide=${wide} />`, document.getElementById("app"));
  resume();
};
