// Who uses this browser. The refresh token is in a cookie that no script reads; the access token stays in this tab.
import { computed, signal } from "@preact/signals";
import { Problem, api, authorise, send } from "./api.js";
import { lasting, tab } from "./storage.js";

const EARLY_SECONDS = 20; // before its end an access token is renewed
const KNOWN = "session"; // that a session was begun in this browser; without it nobody asks for a new token

const access = signal(tab.read("access")); // {token, endsAt, user}
/** The user of this browser: null for nobody; `guest` for one without an account. */
export const user = computed(() => access.value?.user ?? null);
export const isSignedIn = computed(() => Boolean(user.value) && !user.value.guest);

const others = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("marquee.session");
others?.addEventListener("message", ({ data }) => {
  remember(null);
  if (data === "left") clearTab();
  if (lasting.read(KNOWN)) resume();
});

// Whoever uses this browser next sees nothing of who did before: purchases, what was typed, links of mails.
function clearTab() {
  tab.clear("contact", "token of ", "console.");
}

function remember(answer) {
  access.value = answer && { token: answer.accessToken, endsAt: Date.now() + answer.expiresIn * 1000, user: answer.user };
  tab.write("access", access.value);
}

const begin = (answer) => {
  remember(answer);
  lasting.write(KNOWN, { guest: Boolean(answer.user.guest) });
  others?.postMessage("changed");
  return answer.user;
};

const end = (said = "changed") => {
  remember(null);
  lasting.write(KNOWN, null);
  others?.postMessage(said);
};

const leave = () => {
  clearTab();
  lasting.clear("sale.", "pass.");
  end("left");
};

// One tab asks at a time: a refresh token is spent by its use.
const alone = (work) => (navigator.locks ? navigator.locks.request("marquee.refresh", work) : work());

const refreshed = async () => {
  if (!lasting.read(KNOWN)) return null;
  try {
    const { body } = await send("POST", "/api/auth/refresh", { body: {}, anonymous: true, credentials: "same-origin", repeats: 2 });
    const known = body.user ?? (await api.get("/api/users/me", { token: body.accessToken }));
    remember({ ...body, user: known });
    return body.accessToken;
  } catch (problem) {
    if (problem.status === 401 || problem.status === 403) {
      end();
      return null;
    }
    throw problem;
  }
};

const token = async () => {
  const current = access.value;
  if (current && current.endsAt - EARLY_SECONDS * 1000 > Date.now()) return current.token;
  return alone(async () => (access.value && access.value !== current ? access.value.token : refreshed()));
};

const renew = (old) => alone(async () => (access.value && access.value.token !== old ? access.value.token : refreshed()));

authorise({ token, renew });

/** The user, asked for anew where this tab does not know yet; null for nobody, and while nobody answers. */
export const resume = async () => {
  try {
    await token();
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
  }
  return user.value;
};

// A guest who signs in takes along what the guest holds.
const withClaim = async (path, body) => {
  const claims = Boolean(user.value?.guest) && (await token());
  const { body: answer } = await send("POST", path, {
    body: { ...body, cookie: true, ...(claims ? { claim: true } : {}) }, ...(claims ? { token: claims } : { anonymous: true }),
  });
  return answer;
};

/** Sign in by e-mail and password. Raises `Problem` invalid_credentials, user_blocked, rate_limited. */
export const signIn = async (email, password) => begin(await withClaim("/api/auth/login", { email, password }));
/** Open an account. Raises `Problem` email_taken, validation_error. */
export const register = async (fields) => begin(await withClaim("/api/auth/register", fields));
/** A code goes to the phone; answers `{challengeId, expiresAt}`. */
export const askForCode = (phone, name) =>
  name ? api.post("/api/auth/register", { name, phone }, { key: null, anonymous: true }) : api.post("/api/auth/login", { phone }, { key: null, anonymous: true });
/** Another code for the challenge. */
export const askForCodeAgain = (challengeId) => api.post("/api/auth/otp/resend", { challengeId }, { key: null, anonymous: true });
/** Sign in by the code. Raises `Problem` invalid_otp, otp_attempts. */
export const signInByCode = async (challengeId, code) => begin(await withClaim("/api/auth/otp/verify", { challengeId, code }));

/** Whoever uses this browser; a guest without an account where there is nobody yet. */
export const someone = async () => {
  if (user.value || (await resume())) return user.value;
  const { body } = await send("POST", "/api/auth/guest", { body: { cookie: true }, anonymous: true });
  return begin(body);
};

/** What changed of the user, as `/api/users/me` answered. */
export const update = (changed) => {
  if (!access.value) return;
  access.value = { ...access.value, user: { ...access.value.user, ...changed } };
  tab.write("access", access.value);
};

export const signOut = async () => {
  try {
    await send("POST", "/api/auth/logout", { body: {}, anonymous: true, credentials: "same-origin" });
  } finally {
    leave();
  }
};

/** The session ended elsewhere: nobody uses this browser any more. */
export const forget = leave;
/** An access token, for what is not asked by `api`: null for nobody. */
export const accessToken = token;
