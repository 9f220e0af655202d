// A device at which guests are let in stores the console, so that a reload needs no network.
import { LANGUAGES } from "../../base/words.js";

/** Whether the pages are stored, this version's or a newer one's: a worker is active only when it has stored all of them. */
export const consoleIsStored = async () => {
  const registration = await navigator.serviceWorker?.getRegistration("/console").catch(() => null);
  return Boolean(registration?.active);
};

/** Register this version's service worker; where a browser has none, or refuses, a reload needs a network. */
export const storeConsole = async () => {
  const languages = Object.keys(LANGUAGES).filter((language) => language !== "en");
  const worker = new URL(`../worker.js?languages=${languages}`, import.meta.url);
  await navigator.serviceWorker?.register(worker, { scope: "/console" }).catch(() => {});
};
