// The showtime's page: its head, and the step that the purchase is at.
import { useEffect, useMemo, useState } from "preact/hooks";
import { clock, longDay } from "../base/format.js";
import { html } from "../base/html.js";
import { place, setQuery } from "../base/router.js";
import { ButtonLink, Failure, Loading, Title, useTabTitle } from "../base/ui.js";
import { area } from "../base/words.js";
import { languageText } from "../storefront/names.js";
import { Done, Lost } from "./done.js";
import { Closed, Ended, Settling, Unknown } from "./endings.js";
import { Pay } from "./pay.js";
import "./problems.js";
import { Room } from "./room.js";
import { Sale } from "./sale.js";
import { Seats } from "./seats.js";

const say = await area("checkout");

const Head = ({ showtime, arrived }) => html`<header class="showtime">
  <${Title} focus=${arrived}>${showtime.movie.title}<//>
  <p>
    <strong>${say("{day}, {time}", { day: longDay(showtime.startAt, showtime.theater.timezone), time: clock(showtime.startAt, showtime.theater.timezone) })}</strong>
    <span>${showtime.theater.name}, ${showtime.screen.name}</span>
    <span class="soft">${[showtime.format, languageText(showtime.language)].filter(Boolean).join(" · ")}</span>
  </p>
</header>`;

const Network = ({ sale }) => {
  const [isDown, setDown] = useState(!navigator.onLine);
  useEffect(() => {
    const look = () => setDown(!navigator.onLine);
    addEventListener("online", look);
    addEventListener("offline", look);
    return () => {
      removeEventListener("online", look);
      removeEventListener("offline", look);
    };
  }, []);
  return (isDown || sale.isOffline.value) &&
    html`<div class="notice warn" role="status"><p>${say("You are offline. Nothing is lost: we go on by ourselves as soon as you are connected.")}</p></div>`;
};

const STEPS = { unknown: Unknown, closed: Closed, room: Room, seats: Seats, pay: Pay, settling: Settling, ended: Ended, lost: Lost, done: Done };

export default function Showtime({ id, arrived }) {
  const sale = useMemo(() => new Sale(id), [id]);
  useEffect(() => {
    const offer = place.value.query.get("hold");
    if (offer) setQuery({ hold: null });
    sale.open(offer);
    return () => sale.stop();
  }, [sale]);
  const step = sale.step.value;
  const showtime = sale.showtime.value;
  useTabTitle(showtime?.movie.title ?? say("Seats"));
  if (step === "loading") {
    if (!sale.problem.value) return html`<h1 class="hidden">${say("Seats")}</h1><${Loading} lines=${6} />`;
    return html`<h1>${say("Seats")}</h1><${Failure} problem=${sale.problem.value} again=${() => sale.open()} />
      <p><${ButtonLink} href="/">${say("To the films")}<//></p>`;
  }
  const Step = STEPS[step];
  return html`${showtime && html`<${Head} showtime=${showtime} arrived=${arrived} />`}<${Network} sale=${sale} /><${Step} key=${step} sale=${sale} />`;
}
