// A device at which guests are let in stores the console, so that a reload needs no network.
import { LANGUAGES } from "../../base/words.js";

/** Register this version's service worker; where a browser has none, or refuses, a reload needs a network. */
export const storeConsole = async () => {
  const languages = Object.keys(LANGUAGES).filter((language) => language !== "en");
  const worker = new URL(`../worker.js?languages=${languages}`, import.meta.url);
  await navigator.serviceWorker?.register(worker, { scope: "/console" }).catch(() => {});
};
