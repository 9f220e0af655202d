// The state of a gate at a show: what is stored, what is fetched, what was scanned.
import { useEffect, useRef, useState } from "preact/hooks";
import { Problem, api, withQuery } from "../../base/api.js";
import { seatLabel } from "../../base/format.js";
import { NotOurs, pinned, verifiedManifest } from "./codes.js";
import { deviceId } from "./device.js";
import { Gate } from "./gate.js";
import { addScan, changeScan, document as stored, keep, scansOf } from "./shelf.js";
import { conflictsIn, sendScans, waitingIn } from "./uploads.js";

const FRESH_SECONDS = 45;

/** The keys that were stored first on this device; fetched where there are none yet, or `anew`. Null without a network. */
export const keysHere = async ({ anew = false } = {}) => {
  let set = anew ? null : await stored("keys");
  if (!set && navigator.onLine) {
    set = await api.get("/api/bookings/ticket-key", { anonymous: true });
    await keep("keys", set);
  }
  return set ? pinned(set) : null;
};

// A device whose clock is ahead would scan in the future, which no upload may.
let ahead = 0;
const now = () => Date.now() - ahead;

const fetched = async (showtimeId, keys) => {
  const document = await api.get(withQuery("/api/admin/checkin/manifest", { showtimeId }), { repeats: 0 });
  await verifiedManifest(document, keys);
  ahead = Math.max(0, Date.now() - Date.parse(document.generatedAt));
  await keep(`manifest ${showtimeId}`, document);
  return document;
};

// What guests read on their seats, by the ids that tickets name, for those that the list does not name yet. It is asked
// anew each time: the show may have gone to another screen and back. None where the map cannot be had (any more).
const labelsOf = async (showtimeId) => {
  try {
    const { seats } = await api.get(withQuery("/api/seats/availability", { showtimeId }), { repeats: 0 });
    return Object.fromEntries(seats.map((seat) => [seat.seatId, seatLabel(seat)]));
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    return null;
  }
};

/** Fetch a show with what its seats are called, and the list of its guests, and store both: `{show, manifest}`. */
export const storeShow = async (showtimeId, keys) => {
  const show = await api.get(`/api/showtimes/${showtimeId}`, { repeats: 0 });
  show.labels = await labelsOf(showtimeId) ?? (await stored(`show ${showtimeId}`))?.labels;
  await keep(`show ${showtimeId}`, show);
  return { show, manifest: await fetched(showtimeId, keys) };
};

const gateOf = async (manifest, keys, scans) => {
  const gate = new Gate(manifest, keys, deviceId());
  for (const { text, at, shown } of scans) if (shown === "checked_in") await gate.scan(text, at);
  return gate;
};

/** `{show, gate, isLoading, problem, scans, waiting, conflicts, isOnline, scan(text), refresh({anew}), send()}`. */
export const useGate = (showtimeId) => {
  const [state, setState] = useState({ show: null, gate: null, isLoading: true, problem: null, scans: [], isOnline: navigator.onLine });
  const gate = useRef(null);
  const set = (changes) => setState((before) => ({ ...before, ...changes }));

  const read = async () => {
    const [scans, show] = await Promise.all([scansOf(showtimeId), stored(`show ${showtimeId}`)]);
    set({ scans, show: show ?? null });
    return scans;
  };

  const rebuilt = async (manifest, keys) => {
    gate.current = await gateOf(manifest, keys, await scansOf(showtimeId));
    set({ gate: gate.current });
  };

  const send = async () => {
    try {
      await sendScans(showtimeId, deviceId(), 10_000);
    } catch (problem) {
      if (!(problem instanceof Problem) || problem.code !== "offline") set({ problem });
    }
    set({ scans: await scansOf(showtimeId) });
  };

  const refresh = async ({ anew = false } = {}) => {
    set({ isOnline: navigator.onLine });
    try {
      const keys = await keysHere({ anew });
      if (!gate.current && keys) {
        const manifest = await stored(`manifest ${showtimeId}`);
        if (manifest) await rebuilt(await verifiedManifest(manifest, keys), keys);
      }
      if (keys && navigator.onLine) {
        await send();
        const { show, manifest } = await storeShow(showtimeId, keys);
        set({ show });
        await rebuilt(manifest, keys);
      }
      set({ problem: null, isLoading: false });
    } catch (problem) {
      const isAway = problem instanceof Problem && problem.code === "offline";
      set({ problem: isAway && gate.current ? null : problem, isLoading: false, isOnline: !isAway && navigator.onLine });
    }
  };

  useEffect(() => {
    read().catch(() => {}).then(() => refresh());
    const again = () => refresh();
    const gone = () => set({ isOnline: false });
    const timer = setInterval(() => document.visibilityState === "visible" && navigator.onLine && refresh(), FRESH_SECONDS * 1000);
    addEventListener("online", again);
    addEventListener("offline", gone);
    return () => {
      clearInterval(timer);
      removeEventListener("online", again);
      removeEventListener("offline", gone);
    };
  }, [showtimeId]);

  const scan = async (text) => {
    const at = now();
    const local = gate.current ? await gate.current.scan(text, at) : null;
    const one = { showtimeId, text, at, shown: null };
    one.id = await addScan(one);
    let verdict = local ?? { outcome: "no_list" };
    try {
      if (await sendScans(showtimeId, deviceId())) {
        const { result } = (await scansOf(showtimeId)).find(({ id }) => id === one.id);
        verdict = { ...local, first: undefined, reason: undefined, ...result, reference: result.reference ?? local?.reference };
      }
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (!local) verdict = { outcome: "no_list", problem };
    }
    await changeScan(one.id, { shown: verdict.outcome, reference: verdict.reference, seats: verdict.seats });
    set({ scans: await scansOf(showtimeId), isOnline: navigator.onLine });
    return { ...verdict, at };
  };

  return { ...state, waiting: waitingIn(state.scans), conflicts: conflictsIn(state.scans), isForeign: state.problem instanceof NotOurs, scan, refresh, send };
};
