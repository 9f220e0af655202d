// The service worker of the console: what check-in needs to be loaded without a network. It belongs to one version of
// the pages and stores that version's files; the page of a newer version registers a worker of its own.

const ROOT = new URL("../", location.href).pathname; // /web/<version>/
const LANGUAGES = new URL(location.href).searchParams.get("languages").split(",");
const SHELL = "/console";
const PREFIX = "marquee.console ";
const STORE = PREFIX + ROOT;
const ENTRIES = ["console/frame.js", "console/checkin/page.js"]; // what the shell's own modules import later
const PATIENCE_MS = 4000;
const REFERRED = /(?:\bfrom|\bimport|\bURL\()\s*"(\.[^"]+)"/g;
const COMMENTS = /^\s*(?:\/[/*]|\*).*$/gm;
const SAID = /\barea\("(\w+)"\)/g;

const all = (pattern, text) => [...text.matchAll(pattern)].map(([, name]) => name);

const fetched = async (path, options) => {
  const answer = await fetch(path, options);
  if (!answer.ok) throw new Error(`${path} is answered with ${answer.status}`);
  return answer;
};

// A file into the store; the paths of those that it loads with itself, and of its words.
const storeFile = async (store, path) => {
  const answer = await fetched(path);
  const text = path.endsWith(".js") ? (await answer.clone().text()).replace(COMMENTS, "") : "";
  await store.put(path, answer);
  const words = all(SAID, text).flatMap((area) => LANGUAGES.map((language) => `${ROOT}words/${language}/${area}.js`));
  return [...all(REFERRED, text).map((name) => new URL(name, new URL(path, location.origin)).pathname), ...words];
};

const install = async () => {
  const answer = await fetched(SHELL, { cache: "no-cache" });
  const text = await answer.clone().text();
  const files = all(/"([^"]+)"/g, text).filter((path) => path.startsWith(ROOT));
  if (!files.length) throw new Error("the shell is another version's");
  const store = await caches.open(STORE);
  let waiting = new Set([...files, ...ENTRIES.map((path) => ROOT + path)]);
  const reached = new Set(waiting);
  while (waiting.size) {
    const next = (await Promise.all([...waiting].map((path) => storeFile(store, path)))).flat();
    waiting = new Set(next.filter((path) => !reached.has(path)));
    waiting.forEach((path) => reached.add(path));
  }
  await store.put(SHELL, answer); // last: a shell is never there without its files
  await skipWaiting();
};

// The newest of the older versions stays: a tab that was opened before asks for its files, also without a network, and
// also when no server has them any more.
const activate = async () => {
  const older = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== STORE);
  await Promise.all(older.slice(0, -1).map((name) => caches.delete(name)));
  await clients.claim();
};

const shell = async (request) => {
  let answer = null;
  try {
    answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.status < 500) return answer;
  } catch {
    // Nobody answers, or not in time.
  }
  return (await (await caches.open(STORE)).match(SHELL, { ignoreVary: true })) ?? answer ?? Response.error();
};

const file = async (request) => {
  const stored = await caches.match(request, { ignoreVary: true });
  if (stored) return stored;
  const answer = await fetch(request);
  if (answer.ok && new URL(request.url).pathname.startsWith(ROOT)) await (await caches.open(STORE)).put(request, answer.clone());
  return answer;
};

addEventListener("install", (event) => event.waitUntil(install()));
addEventListener("activate", (event) => event.waitUntil(activate()));
addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(shell(request));
  else if (pathname.startsWith("/web/")) event.respondWith(file(request));
});
