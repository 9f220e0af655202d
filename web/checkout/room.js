// The waiting room: a place in line that moves by itself, and goes on by itself.
import { useEffect, useState } from "preact/hooks";
import { Problem, api } from "../base/api.js";
import { dayAndClock, number } from "../base/format.js";
import { html } from "../base/html.js";
import { accessToken, someone } from "../base/session.js";
import { Failure, Loading } from "../base/ui.js";
import { area } from "../base/words.js";
import { Step } from "./step.js";

const say = await area("checkout");
const AGAIN_SECONDS = 2;
const MINUTE = 60;
const paused = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** The events of a stream that is read by fetch, because it needs a token. */
async function* events(path, signal) {
  const answer = await fetch(path, { signal, headers: { Accept: "text/event-stream", Authorization: `Bearer ${await accessToken()}` } });
  if (!answer.ok) throw new Problem(answer.status, null, answer.headers);
  let rest = "";
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const messages = (rest + part.value).replaceAll("\r", "").split("\n\n");
    rest = messages.pop();
    for (const message of messages) {
      const data = message.split("\n").filter((line) => line.startsWith("data:")).map((line) => line.slice("data:".length).trim());
      if (data.length) yield JSON.parse(data.join("\n"));
    }
  }
}

/** Wait until admitted, or until no room is in force; `onPlace` hears each place. */
const waited = async (showtimeId, onPlace, signal) => {
  const path = `/api/queue/${showtimeId}`;
  const isIn = (place) => place.state === "open" || place.state === "admitted";
  while (!signal.aborted) {
    try {
      await someone();
      let place = await api.post(`${path}/join`, {}, { key: null });
      onPlace(place);
      if (isIn(place)) return place;
      for await (place of events(`${path}/stream`, signal)) {
        onPlace(place);
        if (isIn(place)) return place;
      }
    } catch (problem) {
      if (signal.aborted) return null;
      if (problem.status === 404) throw problem;
    }
    await paused(AGAIN_SECONDS);
  }
  return null;
};

const estimate = (seconds) => (seconds < MINUTE ? say("less than a minute") : say.count(Math.ceil(seconds / MINUTE), "about {count} minute", "about {count} minutes"));

const Place = ({ place, zone }) => {
  if (place.state === "drawing") {
    return html`<p>${say("The sale has not begun. When it does, places are drawn by lot among all who are here; being early brings nothing.")}</p>
      ${place.opensAt && html`<p><strong>${say("It begins {time}.", { time: dayAndClock(place.opensAt, zone) })}</strong></p>`}`;
  }
  return html`<dl class="pairs place">
    ${place.position && html`<dt>${say("Your place")}</dt><dd><strong>${number(place.position)}</strong></dd>`}
    ${place.ahead !== undefined && place.ahead !== null && html`<dt>${say("Before you")}</dt><dd>${number(place.ahead)}</dd>`}
    ${place.estimateSeconds !== undefined && place.estimateSeconds !== null && html`<dt>${say("Your turn")}</dt><dd>${estimate(place.estimateSeconds)}</dd>`}
  </dl>`;
};

export const Room = ({ sale }) => {
  const [place, setPlace] = useState(null);
  const [problem, setProblem] = useState(null);
  useEffect(() => {
    const leaving = new AbortController();
    waited(sale.id, setPlace, leaving.signal).then((admitted) => admitted && sale.admitted(admitted), setProblem);
    return () => leaving.abort();
  }, []);
  return html`<${Step} title=${say("The waiting room")} class="room">
    <p>${say("Many people want seats for this show. You are in line; when it is your turn, we go on by ourselves. A reload keeps your place.")}</p>
    <div class="card" role="status">${place ? html`<${Place} place=${place} zone=${sale.showtime.value.theater.timezone} />` : html`<${Loading} lines=${2} />`}</div>
    <${Failure} problem=${problem} />
  <//>`;
};
