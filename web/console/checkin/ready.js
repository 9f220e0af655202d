// Whether this device can let guests in without a network, which must be known before the doors open.
import { useEffect, useState } from "preact/hooks";
import { clock } from "../../base/format.js";
import { html } from "../../base/html.js";
import { Button, Failure, useWork } from "../../base/ui.js";
import { area } from "../../base/words.js";
import { businessDay, isOver } from "../shows.js";
import { NotOurs, verifiedManifest } from "./codes.js";
import { consoleIsStored, storeConsole } from "./offline.js";
import { documentsFrom } from "./shelf.js";
import { keysHere, storeShow } from "./state.js";

const say = await area("console_checkin");

/** The shows of a theater's day that this device has stored, by their start. */
export const storedShows = async (theater, day) =>
  (await documentsFrom("show "))
    .filter(({ theaterId, startAt }) => theaterId === theater.id && businessDay(startAt, theater.timezone) === day)
    .sort((one, other) => one.startAt.localeCompare(other.startAt));

// The lists that are stored here and signed by the keys that are, by their show.
const storedLists = async () => {
  const keys = await keysHere();
  const lists = new Map();
  for (const list of keys ? await documentsFrom("manifest ") : []) {
    try {
      lists.set(list.showtimeId, await verifiedManifest(list, keys));
    } catch (problem) {
      if (!(problem instanceof NotOurs)) throw problem;
    }
  }
  return lists;
};

/** `{isStored, lists, look(), store(), busy, problem}`: whether the pages are stored here, and the lists, by show. */
export const useReadiness = (shows) => {
  const [found, setFound] = useState({ isStored: false, lists: new Map() });
  const look = async () => setFound({ isStored: await consoleIsStored(), lists: await storedLists() });
  const [store, { busy, problem }] = useWork(async () => {
    await storeConsole();
    const keys = await keysHere();
    for (const { id } of shows.filter((show) => !isOver(show))) await storeShow(id, keys);
    await navigator.serviceWorker?.ready;
    await look();
  });
  useEffect(() => {
    look().catch(() => {});
    const timer = setInterval(() => look().catch(() => {}), 5000);
    return () => clearInterval(timer);
  }, []);
  return { ...found, store, busy, problem };
};

/** Of one show: whether its list is here, and until when it serves. */
export const Stored = ({ list, timeZone }) => list
  ? html`<span class="small">${say("On this device since {time}, good until {end}", { time: clock(list.generatedAt, timeZone), end: clock(list.expiresAt, timeZone) })}</span>`
  : html`<span class="soft small">${say("Not on this device")}</span>`;

/** Whether this device is ready, and what makes it so. */
export const Readiness = ({ shows, readiness }) => {
  const { isStored, lists, store, busy, problem } = readiness;
  const coming = shows.filter((show) => !isOver(show));
  if (!coming.length) return null;
  const isReady = isStored && coming.every(({ id }) => lists.has(id));
  return html`<section class=${`notice ${isReady ? "good" : "warn"}`} aria-label=${say("Without a network")}>
    <p><strong>${isReady ? say("This device is ready to let guests in without a network.") : say("This device cannot let guests in without a network yet.")}</strong>
      ${" "}${isReady ? say("Leave this tab open: signing in needs a network.") : say("Store today's lists here while you are connected.")}</p>
    <p><${Button} busy=${busy} onClick=${store}>${isReady ? say("Fetch the lists anew") : say("Store today's lists")}<//></p>
    <${Failure} problem=${problem} />
  </section>`;
};
