// Waiting lists that one is on: what was offered, until when, and how to leave.
import { useEffect, useState } from "preact/hooks";
import { Problem, api } from "../base/api.js";
import { countdown, dayAndClock, money } from "../base/format.js";
import { html } from "../base/html.js";
import { remaining } from "../base/remaining.js";
import { resume, user } from "../base/session.js";
import { SignIn } from "../base/signin.js";
import { Button, ButtonLink, Empty, Failure, Loading, Title, useLoaded, useTabTitle, useWork } from "../base/ui.js";
import { area } from "../base/words.js";

const say = await area("storefront");
const LOOK_AGAIN_SECONDS = 15;

const STATES = {
  waiting: () => ({ badge: "", name: say("Waiting") }),
  offered: () => ({ badge: "good", name: say("Seats are held for you") }),
  taken: () => ({ badge: "good", name: say("You took the seats") }),
  lapsed: () => ({ badge: "warn", name: say("The offer ran out") }),
  left: () => ({ badge: "", name: say("You left the list") }),
};

const found = async (path, signal) => {
  try {
    return await api.get(path, { signal });
  } catch (problem) {
    if (problem instanceof Problem && problem.status === 404) return null;
    throw problem;
  }
};

// What an entry offers: the hold, with what tells how long it lasts. Null where it is gone.
const offered = async ({ status, offer }, signal) => {
  const hold = status === "offered" && offer ? await found(`/api/seats/hold/${offer.holdId}`, signal) : null;
  return hold && { ...hold, secondsLeft: remaining(hold) };
};

// The entries, newest first, each with its show and hold; null where nobody uses this browser.
const read = async (signal) => {
  if (!(await resume())) return null;
  const { items } = await api.get("/api/waitlist/my", { signal });
  const shows = new Map(await Promise.all([...new Set(items.map(({ showtimeId }) => showtimeId))].map(async (id) => [id, await found(`/api/showtimes/${id}`, signal)])));
  const holds = await Promise.all(items.map((entry) => offered(entry, signal)));
  return items.map((entry, at) => ({ ...entry, show: shows.get(entry.showtimeId), hold: holds[at] })).sort((one, other) => other.createdAt.localeCompare(one.createdAt));
};

const useCountdown = (secondsLeft, onOver) => {
  const [left, setLeft] = useState(secondsLeft);
  useEffect(() => {
    const timer = setInterval(() => {
      const now = secondsLeft();
      setLeft(now);
      if (now <= 0) {
        clearInterval(timer);
        onOver();
      }
    }, 1000);
    return () => clearInterval(timer);
  }, [secondsLeft]);
  return left;
};

const Offer = ({ hold, reload }) => {
  const left = useCountdown(hold.secondsLeft, reload);
  return html`<p class="offer"><strong role="timer">${countdown(left)}</strong> <span>${say("left to buy them. Then they go on to the next.")}</span></p>
    <p class="actions"><${ButtonLink} kind="primary" href=${`/showtimes/${hold.showtimeId}?hold=${hold.id}`}>${say("Buy the seats")}<//></p>`;
};

const Entry = ({ entry, reload }) => {
  const { show, status, count } = entry;
  const { badge, name } = STATES[status]();
  const [leave, { busy, problem }] = useWork(async () => {
    await api.delete(`/api/waitlist/${entry.id}`);
    reload();
  });
  const isLive = status === "waiting" || status === "offered";
  return html`<li class="card">
    <p><span class=${`badge ${badge}`}>${name}</span></p>
    <h2><a href=${`/showtimes/${entry.showtimeId}`}>${show?.movie.title ?? say("A show that is not offered any more")}</a></h2>
    ${show && html`<p>${dayAndClock(show.startAt, show.theater.timezone)} · ${show.theater.name}</p>`}
    <p class="soft">${say.count(count, "{count} seat", "{count} seats side by side")}${entry.hold && ` · ${money(entry.hold.quote.total, entry.hold.quote.currency)}`}</p>
    ${entry.hold && html`<${Offer} hold=${entry.hold} reload=${reload} />`}
    ${isLive && html`<p class="actions"><${Button} busy=${busy} onClick=${leave}>${say("Leave the list")}<//></p>`}
    <${Failure} problem=${problem} />
  </li>`;
};

export default function Waitlist({ arrived }) {
  const { value, problem, reload, isLoading } = useLoaded(read, [user.value?.id]);
  const isWaiting = value?.some(({ status }) => status === "waiting" || status === "offered");
  useTabTitle(say("My waiting lists"));
  useEffect(() => {
    if (!isWaiting) return undefined;
    const timer = setInterval(reload, LOOK_AGAIN_SECONDS * 1000);
    return () => clearInterval(timer);
  }, [isWaiting]);
  return html`<div class="narrow">
    <${Title} focus=${arrived}>${say("My waiting lists")}<//>
    <${Failure} problem=${problem} again=${reload} />
    ${isLoading && !value && html`<${Loading} lines=${5} />`}
    ${!isLoading && !value && !problem && html`<p>${say("Sign in to see the lists that you are on.")}</p><${SignIn} onDone=${reload} />`}
    ${value?.length === 0 && html`<${Empty}><p>${say("You are on no waiting list. Where a show is sold out, its page puts you on one.")}</p><p class="row centered"><${ButtonLink} href="/">${say("To the films")}<//></p><//>`}
    ${value?.length > 0 && html`<ul>${value.map((entry) => html`<${Entry} key=${entry.id} entry=${entry} reload=${reload} />`)}</ul>`}
  </div>`;
}
