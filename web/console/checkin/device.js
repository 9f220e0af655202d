// This device's own name at the gate.
import { lasting } from "../../base/storage.js";

const NAME = "console.device";
const LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ";

export const deviceId = () => {
  const known = lasting.read(NAME);
  if (known) return known;
  const made = `gate-${Array.from(crypto.getRandomValues(new Uint8Array(5)), (byte) => LETTERS[byte % LETTERS.length]).join("")}`;
  lasting.write(NAME, made);
  return made;
};
