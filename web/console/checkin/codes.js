// Tickets and manifests as they are signed: read and verified with keys that were stored before. WebCrypto's Ed25519.
import { PREFIX } from "./rules.js";

const BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const BASE32 = "0123456789abcdefghjkmnpqrstvwxyz";
const LONGEST = 382;
const SIGNATURE_BYTES = 64;
const HEAD_BYTES = 38;
const MOST_ROW = 701;
const utf8 = new TextEncoder();

/** What is no ticket or manifest of ours; `reason`: malformed, unknown_key, bad_signature. */
export class NotOurs extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

const malformed = () => new NotOurs("malformed");

const base45 = (text) => {
  if (text.length % 3 === 1) throw malformed();
  const data = [];
  for (let at = 0; at < text.length; at += 3) {
    const values = [...text.slice(at, at + 3)].map((character) => BASE45.indexOf(character));
    if (values.includes(-1)) throw malformed();
    const number = values.reduce((sum, value, place) => sum + value * 45 ** place, 0);
    if (number >= 256 ** (values.length - 1)) throw malformed();
    if (values.length === 3) data.push(number >> 8);
    data.push(number & 255);
  }
  return Uint8Array.from(data);
};

const base64url = (bytes) => btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const fromBase64url = (text) => {
  try {
    return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (character) => character.charCodeAt(0));
  } catch {
    throw malformed();
  }
};

// In pieces: a long manifest has more bytes than a call takes arguments.
const base64urlOfText = (text) => {
  const bytes = utf8.encode(text);
  let found = "";
  for (let at = 0; at < bytes.length; at += 30_000) found += base64url(bytes.subarray(at, at + 30_000));
  return found;
};

const idOf = (prefix, bytes) => {
  const number = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return prefix + Array.from({ length: 26 }, (_, at) => BASE32[Number((number >> BigInt(125 - 5 * at)) & 31n)]).join("");
};

const rowLetters = (row) => (row < 26 ? String.fromCharCode(65 + row) : String.fromCharCode(64 + Math.floor(row / 26), 65 + (row % 26)));

const seatsOf = (bytes) => {
  const seats = [];
  for (let at = 0; at < bytes.length; at += 3) {
    const place = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
    const [row, number] = [place >> 12, place & 4095];
    if (row > MOST_ROW || number < 1 || number > 999) throw malformed();
    seats.push(`${rowLetters(row)}${number}`);
  }
  return seats;
};

/** The keys of a JWK Set, to verify with: `{kid, short, key}` each, `short` in hexadecimal. */
export const pinned = async ({ keys }) =>
  Promise.all(keys.map(async ({ crv, kty, x }) => {
    const name = new Uint8Array(await crypto.subtle.digest("SHA-256", utf8.encode(JSON.stringify({ crv, kty, x }))));
    const key = await crypto.subtle.importKey("raw", fromBase64url(x), { name: "Ed25519" }, false, ["verify"]);
    return { kid: base64url(name), short: hex(name.subarray(0, 4)), key };
  }));

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const isSigned = (key, signature, signed) => crypto.subtle.verify("Ed25519", key, signature, signed);

/** The ticket that a code says: `{bookingId, showtimeId, version, seats}`. Raises `NotOurs`. */
export const verifiedTicket = async (text, keys) => {
  if (!text.startsWith(PREFIX) || text.length > LONGEST) throw malformed();
  const data = base45(text.slice(PREFIX.length));
  const body = data.subarray(0, data.length - SIGNATURE_BYTES);
  if (body.length < HEAD_BYTES + 3 || body.length > HEAD_BYTES + 150 || (body.length - HEAD_BYTES) % 3) throw malformed();
  const version = (body[36] << 8) | body[37];
  const seats = seatsOf(body.subarray(HEAD_BYTES));
  if (version === 0) throw malformed();
  const known = keys.find(({ short }) => short === hex(body.subarray(0, 4)));
  if (!known) throw new NotOurs("unknown_key");
  const signed = new Uint8Array([...utf8.encode(PREFIX), ...body]);
  if (!(await isSigned(known.key, data.subarray(data.length - SIGNATURE_BYTES), signed))) throw new NotOurs("bad_signature");
  return { bookingId: idOf("bkg_", body.subarray(4, 20)), showtimeId: idOf("sho_", body.subarray(20, 36)), version, seats };
};

/** The RFC 8785 form of what came as JSON. */
export const canonicalJson = (value) => {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name])}`).join(",")}}`;
};

/** A manifest that one of the stored keys has signed, as it is. Raises `NotOurs`. */
export const verifiedManifest = async (document, keys) => {
  const { signature, ...rest } = document;
  const parts = typeof signature === "string" ? signature.split(".") : [];
  if (parts.length !== 3 || parts[1]) throw malformed();
  let header;
  try {
    header = JSON.parse(new TextDecoder().decode(fromBase64url(parts[0])));
  } catch {
    throw malformed();
  }
  if (header.alg !== "EdDSA") throw malformed();
  const known = keys.find(({ kid }) => kid === header.kid);
  if (!known) throw new NotOurs("unknown_key");
  const signed = utf8.encode(`${parts[0]}.${base64urlOfText(canonicalJson(rest))}`);
  if (!(await isSigned(known.key, fromBase64url(parts[2]), signed))) throw new NotOurs("bad_signature");
  return document;
};
