// How long the seats are held, with more time for whom needs it.
import { useEffect, useState } from "preact/hooks";
import { countdown } from "../base/format.js";
import { html } from "../base/html.js";
import { Button, Failure, useWork } from "../base/ui.js";
import { area } from "../base/words.js";

const say = await area("checkout");
const WARNING_SECONDS = 60;
const TICK_MS = 250;

export const Clock = ({ sale }) => {
  const [left, setLeft] = useState(sale.secondsLeft);
  const [extend, { busy, problem }] = useWork(() => sale.extend());
  const endsAt = sale.hold.value?.expiresAt;
  useEffect(() => {
    const tick = () => {
      const seconds = sale.secondsLeft;
      setLeft(Math.ceil(seconds));
      if (seconds <= 0) sale.timeIsUp();
    };
    tick();
    const timer = setInterval(tick, TICK_MS);
    return () => clearInterval(timer);
  }, [endsAt]);
  const isShort = left <= WARNING_SECONDS;
  const refreshes = sale.refreshesLeft;
  return html`<div class=${`clock ${isShort ? "short" : ""}`}>
    <div class="row between">
      <p class="left"><span>${say("Held for you")}</span> <strong role="timer" aria-label=${say("Time left")} class="number">${countdown(left)}</strong></p>
      ${refreshes > 0
        ? html`<${Button} kind="quiet" busy=${busy} onClick=${extend}>${say("More time ({count}×)", { count: refreshes })}<//>`
        : html`<p class="soft small">${say("The time cannot be extended again.")}</p>`}
    </div>
    <div role="alert">${isShort && html`<p>${refreshes > 0 ? say("Less than a minute left: pay now, or take more time.") : say("Less than a minute left: pay now.")}</p>`}</div>
    <${Failure} problem=${problem} />
  </div>`;
};
