// Reads {cases: [{manifest, keys, deviceId, scans: [[text, at]]}], rules: [[booking, version, doors, at]]} and writes what
// the console's gate makes of them; a manifest that it refuses gives {refused: reason}.
import { readFileSync } from "node:fs";
import { NotOurs, pinned, verifiedManifest } from "../../web/console/checkin/codes.js";
import { Gate } from "../../web/console/checkin/gate.js";
import { scanResult, uploaded } from "../../web/console/checkin/rules.js";

const { cases, rules } = JSON.parse(readFileSync(0, "utf8"));

const gated = async ({ manifest, keys, deviceId, scans }) => {
  const known = await pinned(keys);
  let gate;
  try {
    gate = new Gate(await verifiedManifest(manifest, known), known, deviceId);
  } catch (problem) {
    if (!(problem instanceof NotOurs)) throw problem;
    return { refused: problem.reason };
  }
  const [results, seats] = [[], []];
  for (const [text, at] of scans) {
    const { outcome, first, reason, ...named } = await gate.scan(text, at);
    results.push({ outcome, first: first ?? null, reason: reason ?? null });
    seats.push(named);
  }
  return { results, seats, uploads: scans.map(([text, at]) => uploaded({ text, at })) };
};

console.log(JSON.stringify({
  cases: await Promise.all(cases.map(gated)),
  rules: rules.map(([booking, version, doors, at]) => scanResult(booking, version, doors, at)),
}));
