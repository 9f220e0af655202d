// Scans go to the server in their order, as soon as there is a network; sent again they have the same result.
import { api } from "../../base/api.js";
import { MOST_SCANS, uploaded } from "./rules.js";
import { changeScan, scansOf } from "./shelf.js";

const PATIENCE_MS = 2500; // a guest stands at the door
let last = Promise.resolve();

const batch = async (showtimeId, deviceId, scans, patience) => {
  const body = { showtimeId, deviceId, scans: scans.map(uploaded) };
  const { results } = await api.post("/api/admin/checkin/batch", body, { key: null, repeats: 0, signal: AbortSignal.timeout(patience) });
  await Promise.all(scans.map((scan, at) => changeScan(scan.id, { result: results[at] })));
};

const upload = async (showtimeId, deviceId, patience) => {
  if (!navigator.onLine) return false;
  const waiting = (await scansOf(showtimeId)).filter(({ result }) => !result);
  const shows = new Set(waiting.map((scan) => scan.showtimeId));
  for (const id of shows) {
    const scans = waiting.filter((scan) => scan.showtimeId === id);
    for (let at = 0; at < scans.length; at += MOST_SCANS) await batch(id, deviceId, scans.slice(at, at + MOST_SCANS), patience);
  }
  return true;
};

/** Send what waits, of a show or of all; false without a network. One at a time. Raises `Problem`. */
export const sendScans = (showtimeId, deviceId, patience = PATIENCE_MS) => {
  last = last.catch(() => {}).then(() => upload(showtimeId, deviceId, patience));
  return last;
};

/** Scans that let somebody in whom the server, asked later, would not have let in. */
export const conflictsIn = (scans) => scans.filter(({ shown, result }) => shown === "checked_in" && result && result.outcome !== "checked_in");
export const waitingIn = (scans) => scans.filter(({ result }) => !result);
