// The local stack at a glance, for developers: processes, caught mail and SMS, the providers' books, events as they flow.
import { render } from "preact";
import { html } from "../base/html.js";
import { Books } from "./books.js";
import { Events } from "./events.js";
import { Messages } from "./messages.js";
import { Services } from "./services.js";

const Page = () => html`
  <header class="top"><a class="brand" href="/">Marquee</a><nav aria-label="Pages">
    <a href="/">Storefront</a><a href="/console">Console</a><a href="/api/docs">API</a>
  </nav></header>
  <main id="main" class="wide">
    <h1>The local stack</h1>
    <p class="soft">Buy a seat in the <a href="/">storefront</a> and watch it pass through here: the events, the provider's books, the mail.</p>
    <div class="panes">
      <div class="panes one"><${Events} /><${Messages} /></div>
      <div class="panes one"><${Services} /><${Books} /></div>
    </div>
  </main>`;

render(html`<${Page} />`, document.getElementById("app"));
