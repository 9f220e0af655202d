// Calls to the public API. Every failure is a `Problem` with a stable code; what may be repeated is repeated.

/** What went wrong. `code` is the API's, or `offline` where nobody answered; `body` has all that was said. */
export class Problem extends Error {
  constructor(status, body, headers) {
    super(body?.detail ?? body?.title ?? "no answer");
    this.name = "Problem";
    this.status = status;
    this.code = body?.code ?? (status ? "internal_error" : "offline");
    this.body = body ?? {};
    this.errors = body?.errors ?? [];
    this.retryAfter = Number(headers?.get("Retry-After")) || null;
  }
}

const REPEATS = 3;
const PAUSE_SECONDS = 0.5;
const MAX_PAUSE_SECONDS = 5;
const PASSING = new Set([0, 502, 503, 504]);
const auth = { token: async () => null, renew: async () => null };

/** How calls are authorised: `token()` gives an access token or null, `renew(old)` a new one for one that is refused. */
export const authorise = (given) => Object.assign(auth, given);

const paused = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

const request = async (method, path, { body, headers, token, signal, credentials, cache, asFile }) => {
  const all = { Accept: asFile ? "*/*" : "application/json", ...headers };
  if (body !== undefined) all["Content-Type"] = "application/json";
  if (token) all.Authorization = `Bearer ${token}`;
  let answer;
  try {
    answer = await fetch(path, { method, headers: all, body: body === undefined ? undefined : JSON.stringify(body), signal, credentials, cache });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, null, null);
  }
  const isJson = (answer.headers.get("Content-Type") ?? "").includes("json");
  let content = null;
  try {
    if (asFile && answer.ok) content = await answer.blob();
    else content = isJson ? await answer.json() : await answer.text();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, null, null);
  }
  if (!answer.ok) throw new Problem(answer.status, isJson ? content : null, answer.headers);
  return { body: content, status: answer.status, etag: answer.headers.get("ETag"), retryAfter: Number(answer.headers.get("Retry-After")) || null };
};

const authorised = async (method, path, options) => {
  if (options.anonymous) return request(method, path, options);
  const token = options.token ?? (await auth.token());
  try {
    return await request(method, path, { ...options, token });
  } catch (problem) {
    if (problem.status !== 401 || options.token || !token) throw problem;
    const renewed = await auth.renew(token);
    if (!renewed) throw problem;
    return request(method, path, { ...options, token: renewed });
  }
};

/**
 * The whole answer: `{body, status, etag, retryAfter}`. `options`: `body`, `key` (Idempotency-Key: the call may be
 * repeated), `etag` (If-Match), `pass` (X-Queue-Pass), `anonymous` (no token), `token` (this one), `signal`, `repeats`,
 * `cache` (as `fetch` has it: `no-cache` for what may have been changed just now), `asFile` (the body is a Blob). Raises
 * `Problem`.
 */
export const send = async (method, path, options = {}) => {
  const headers = { ...options.headers };
  if (options.key) headers["Idempotency-Key"] = options.key;
  if (options.etag) headers["If-Match"] = options.etag;
  if (options.pass) headers["X-Queue-Pass"] = options.pass;
  const repeats = options.repeats ?? (method === "GET" || method === "PUT" || method === "DELETE" || options.key ? REPEATS : 0);
  for (let turn = 0; ; turn += 1) {
    try {
      return await authorised(method, path, { ...options, headers });
    } catch (problem) {
      const passes = PASSING.has(problem.status) || problem.code === "idempotency_in_progress";
      if (!(problem instanceof Problem) || !passes || turn >= repeats) throw problem;
      await paused(Math.min(problem.retryAfter ?? PAUSE_SECONDS * 2 ** turn, MAX_PAUSE_SECONDS));
    }
  }
};

const calling = (method) => async (path, body, options) => (await send(method, path, { ...options, body })).body;

/** The body of the answer. POSTs that create carry a key of their own unless one is given, so that they may be repeated. */
export const api = {
  get: async (path, options) => (await send("GET", path, options)).body,
  post: (path, body = {}, options = {}) => calling("POST")(path, body, { key: crypto.randomUUID(), ...options }),
  put: calling("PUT"),
  patch: calling("PATCH"),
  delete: async (path, options) => (await send("DELETE", path, options)).body,
};

/** A path with a query; what is null, undefined or empty is left out. */
export const withQuery = (path, query) => {
  const pairs = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return pairs.length ? `${path}?${new URLSearchParams(pairs)}` : path;
};

/** All items of a list, page by page. */
export const all = async (path, query = {}, options = {}) => {
  const items = [];
  for (let page = 1; ; page += 1) {
    const answer = await api.get(withQuery(path, { ...query, page, pageSize: 100 }), options);
    items.push(...answer.items);
    if (items.length >= answer.total || !answer.items.length) return items;
  }
};
