// A sale at the counter: show, seats, ticket types, payment, ticket. A reload goes on where it was.
import { useEffect, useState } from "preact/hooks";
import { api } from "../../base/api.js";
import { clock, dateText, dayAndClock, number } from "../../base/format.js";
import { html } from "../../base/html.js";
import { explain } from "../../base/problems.js";
import { tab } from "../../base/storage.js";
import { Empty, Failure, Loading, Title, useLoaded } from "../../base/ui.js";
import { area } from "../../base/words.js";
import { languageText } from "../../storefront/names.js";
import { useLive } from "../live.js";
import { pathOf } from "../sections.js";
import { businessDay, isOver, showsOf } from "../shows.js";
import { styles } from "../styles.js";
import { Choosing } from "./choosing.js";
import { Paying } from "./paying.js";
import { Sold } from "./sold.js";

const say = await area("console_counter");
await styles(new URL("./counter.css", import.meta.url));
const NAME = "console.sale"; // {showId, holdId?, sale?}: what this tab was selling

explain({
  not_enough_seats: ({ body }) => say("There are not so many seats left: {left}.", { left: number(body.left ?? 0) }),
  seats_unavailable: () => say("Somebody else has taken one of these seats just now. Choose once more."),
  leaves_single_seat: () => say("That would leave a single seat. The map shows seats that can be had instead."),
  sold_together: () => say("These seats are sold in pairs: take both."),
  showtime_closed: () => say("No more tickets are sold for this show."),
  hold_expired: () => say("The seats were held for too long and are free again. Choose once more."),
  hold_limit: () => say("Too many choices are open for this show. Finish one, or wait until it ends."),
  received_too_little: () => say("That is less than what is to be paid."),
});

const Shows = ({ theater }) => {
  const day = businessDay(Date.now(), theater.timezone);
  const { value: shows, problem, reload } = useLive((signal) => showsOf(theater, day, signal), [theater.id, day]);
  const open = shows?.filter((show) => !isOver(show));
  return html`<p class="soft">${dateText(day, { weekday: "long", day: "numeric", month: "long" })}</p>
    <${Failure} problem=${problem} again=${reload} />
    ${!shows && !problem && html`<${Loading} lines=${4} />`}
    ${open && (open.length ? html`<ul class="grid">${open.map((show) => html`<li key=${show.id}><a class="card counter-show" href=${pathOf("counter", show.id)}>
      <span class="when">${clock(show.startAt, theater.timezone)}</span><b>${show.movie.title}</b>
      <span class="soft small">${show.screen.name} · ${languageText(show.language)} · ${show.format}</span>
      <span class="small">${say.count(show.seatsAvailable, "{count} seat left", "{count} seats left")}</span></a></li>`)}</ul>`
      : html`<${Empty}><p>${say("No show is left today.")}</p><//>`)}`;
};

const Sale = ({ show }) => {
  const remembered = tab.read(NAME);
  const isOurs = remembered?.showId === show.id;
  const [hold, setHold] = useState(null);
  const [sale, setSale] = useState(isOurs ? remembered.sale ?? null : null);
  const [isResumed, setIsResumed] = useState(!(isOurs && remembered.holdId && !remembered.sale));
  useEffect(() => {
    if (isResumed) return;
    api.get(`/api/seats/hold/${remembered.holdId}`).then((held) => held.status === "active" && setHold(held), () => {}).finally(() => setIsResumed(true));
  }, []);
  const onHeld = (held) => {
    tab.write(NAME, { showId: show.id, holdId: held.id });
    setHold(held);
  };
  const onSold = (sold) => {
    tab.write(NAME, { showId: show.id, sale: sold });
    setSale(sold);
  };
  const onBack = () => {
    tab.write(NAME, null);
    setHold(null);
    setSale(null);
  };
  const letGo = () => {
    api.delete(`/api/seats/hold/${hold.id}`).catch(() => {});
    onBack();
  };
  if (!isResumed) return html`<${Loading} />`;
  if (sale) return html`<${Sold} sale=${sale} onNext=${onBack} />`;
  if (hold) return html`<${Paying} hold=${hold} onSold=${onSold} onBack=${letGo} />`;
  return html`<${Choosing} show=${show} onHeld=${onHeld} />`;
};

const OfShow = ({ id, arrived }) => {
  const { value: show, problem, reload } = useLoaded((signal) => api.get(`/api/showtimes/${id}`, { signal }), [id]);
  return html`<p><a href=${pathOf("counter")}>${say("Other shows")}</a></p>
    <${Title} focus=${arrived}>${show ? show.movie.title : say("Counter")}<//>
    ${show && html`<p class="soft">${show.screen.name} · ${dayAndClock(show.startAt, show.theater.timezone)} · ${languageText(show.language)} · ${show.format}</p>`}
    <${Failure} problem=${problem} again=${reload} />
    ${!show && !problem && html`<${Loading} lines=${5} />`}
    ${show && html`<${Sale} show=${show} />`}`;
};

/** `/console/counter`: today's shows; `/console/counter/<showtimeId>`: a sale. */
export default function Counter({ id, theater, arrived }) {
  if (id) return html`<${OfShow} id=${id} arrived=${arrived} />`;
  return html`<${Title} focus=${arrived}>${say("Counter")}<//><${Shows} theater=${theater} />`;
}
