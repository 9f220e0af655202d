// Events as they flow, the newest first.
import { useEffect, useState } from "preact/hooks";
import { html } from "../base/html.js";
import { Pane } from "./looks.js";

const MOST = 60;

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 });

const Said = ({ said }) => {
  const [service, ...rest] = said.type.split(".");
  return html`<li>
    <details>
      <summary><time class="soft small mono">${clock.format(said.at)}</time> <span class="badge">${service}</span> <strong>${rest.join(".")}</strong></summary>
      <pre class="small">${JSON.stringify(said.body, null, 2)}</pre>
    </details>
  </li>`;
};

export const Events = () => {
  const [events, setEvents] = useState([]);
  const [isListening, setListening] = useState(false);
  useEffect(() => {
    const source = new EventSource("/dev/events");
    source.addEventListener("open", () => setListening(true));
    source.addEventListener("error", () => setListening(false));
    source.addEventListener("event", ({ data, timeStamp }) => {
      const said = { ...JSON.parse(data), at: new Date(), key: `${timeStamp} ${Math.random()}` };
      setEvents((before) => [said, ...before].slice(0, MOST));
    });
    return () => source.close();
  }, []);
  return html`<${Pane} title="Events" note=${isListening ? "What the services say to each other, from now on." : "Connecting to the broker …"}>
    ${events.length ? html`<ol class="events">${events.map((said) => html`<${Said} key=${said.key} said=${said} />`)}</ol>` : html`<p class="empty">Nothing yet. Hold a seat in the storefront.</p>`}
  <//>`;
};
