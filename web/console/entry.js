// Who is let into the console: a form for nobody, a word for those who do not work here.
import { html } from "../base/html.js";
import { signOut } from "../base/session.js";
import { SignIn } from "../base/signin.js";
import { Button, Failure, Title, useWork } from "../base/ui.js";
import { area } from "../base/words.js";

const say = await area("console");

/** Nobody is signed in: the form, in place. */
export const Entry = () => html`<div class="console-entry card">
  <${Title}>${say("Console")}<//>
  <p class="soft">${say("The console is for those who work at a theater. Without signing in you are not permitted to see it.")}</p>
  <${SignIn} onDone=${() => {}} />
</div>`;

/** Said to a guest, and to a user who has no role in what was opened. */
export const NotPermitted = ({ works }) => {
  const [leave, { busy, problem }] = useWork(signOut);
  return html`<div class="console-entry card">
    <${Title}>${say("Not permitted")}<//>
    <p role="alert">${works ? say("You are not permitted to see this part of the console. An admin can give you the role for it.") : say("You are not permitted to see the console: it is for those who work at a theater.")}</p>
    <${Failure} problem=${problem} />
    <p class="actions">
      <${Button} busy=${busy} onClick=${leave}>${say("Sign in as somebody else")}<//>
      <a class="button quiet" href="/">${say("To the films")}</a>
    </p>
  </div>`;
};
