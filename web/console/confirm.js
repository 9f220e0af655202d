// A question before what cannot be taken back.
import { html } from "../base/html.js";
import { Button, Dialog, Failure, useWork } from "../base/ui.js";
import { area } from "../base/words.js";

const say = await area("console");

/** Asks `title` and says in `children` what it means; `yes` names what `work` does. `explained` has other words for a
 * problem of the work. */
export const Confirm = ({ title, yes, work, onClose, explained = (problem) => problem, children }) => {
  const [run, { busy, problem }] = useWork(work);
  return html`<${Dialog} title=${title} onClose=${onClose}>
    ${children}
    <${Failure} problem=${explained(problem)} />
    <p class="actions"><${Button} kind="danger" busy=${busy} onClick=${run}>${yes}<//><${Button} onClick=${onClose}>${say("Leave it")}<//></p>
  <//>`;
};
