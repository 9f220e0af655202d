// The best seats for so many, by one button.
import { useState } from "preact/hooks";
import { html } from "../base/html.js";
import { Button, Check, Field } from "../base/ui.js";
import { area } from "../base/words.js";
import { typeName } from "./names.js";

const say = await area("checkout");

const MOST = 10;
const COUNTS = Array.from({ length: MOST }, (_, at) => at + 1);

/** `find({count, type?, accessible?})` holds them. */
export const Best = ({ seats, busy, find, children }) => {
  const [count, setCount] = useState("2");
  const [type, setType] = useState("");
  const [isAccessible, setAccessible] = useState(false);
  const types = [...new Set(seats.map((seat) => seat.type))];
  const onSubmit = (event) => {
    event.preventDefault();
    find({ count: Number(count), ...(type ? { type } : {}), ...(isAccessible ? { accessible: true } : {}) });
  };
  return html`<form class="card best" onSubmit=${onSubmit}>
    <h3>${say("The best seats for me")}</h3>
    <div class="two">
      <${Field} as="select" label=${say("How many")} value=${count} onChange=${(event) => setCount(event.target.value)}>
        ${COUNTS.map((each) => html`<option key=${each} value=${each}>${each}</option>`)}
      <//>
      ${types.length > 1 && html`<${Field} as="select" label=${say("Kind")} value=${type} onChange=${(event) => setType(event.target.value)}>
        <option value="">${say("Any")}</option>
        ${types.map((each) => html`<option key=${each} value=${each}>${typeName(each)}</option>`)}
      <//>`}
    </div>
    ${seats.some((seat) => seat.accessible) && html`<${Check} label=${say("With a wheelchair space")} hint=${say("The others sit beside it.")} checked=${isAccessible} onChange=${(event) => setAccessible(event.target.checked)} />`}
    ${children}
    <${Button} type="submit" class="block" busy=${busy}>${say("Find the best seats")}<//>
  </form>`;
};
