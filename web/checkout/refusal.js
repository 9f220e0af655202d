// Why a choice cannot be held, and the one click that mends it.
import { html } from "../base/html.js";
import { Button, Failure } from "../base/ui.js";
import { area } from "../base/words.js";
import { namesOf } from "./names.js";

const say = await area("checkout");

const Said = ({ children }) => html`<div class="notice bad" role="alert">${children}</div>`;

const Taken = ({ problem, seats }) => html`<${Said}>
  <p>${say.count(problem.body.seatIds.length, "Somebody was faster: {seats} is taken. Your other seats are still chosen; choose another one.", "Somebody was faster: {seats} are taken. Your other seats are still chosen; choose others.", { seats: namesOf(seats, problem.body.seatIds) })}</p>
<//>`;

const Single = ({ problem, seats, map }) => html`<${Said}>
  <p>${say("This would leave {seats} alone, and hardly anybody buys a single seat: the theater asks you to leave none.", { seats: namesOf(seats, problem.body.seatIds) })}</p>
  ${problem.body.suggestion?.length > 0 && html`<p><${Button} onClick=${() => map.current.select(problem.body.suggestion)}>${say("Take {seats}", { seats: namesOf(seats, problem.body.suggestion) })}<//></p>`}
<//>`;

const Pair = ({ problem, seats, map }) => html`<${Said}>
  <p>${say("{seats}: these seats are sold in pairs only.", { seats: namesOf(seats, problem.body.seatIds) })}</p>
  <p><${Button} onClick=${() => map.current.select([...map.current.selected, ...problem.body.seatIds])}>${say("Take both")}<//></p>
<//>`;

const REFUSALS = { seats_unavailable: Taken, leaves_single_seat: Single, sold_together: Pair };

export const Refusal = ({ problem, again, ...rest }) => {
  const Refused = REFUSALS[problem.code];
  if (Refused) return html`<${Refused} problem=${problem} ...${rest} />`;
  return html`<${Failure} problem=${problem} again=${["offline", "service_unavailable", "internal_error"].includes(problem.code) ? again : undefined} />`;
};
