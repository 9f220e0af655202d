// A field for a password that is new.
import { html } from "../base/html.js";
import { Field } from "../base/ui.js";
import { area } from "../base/words.js";

const say = await area("account");

/** Whether the API refused a password as such: the field says so. */
export const isRefusedPassword = (problem) => problem?.errors?.some(({ path }) => /password$/i.test(path)) ?? false;

/** `problem` is what the API said to the form. */
export const NewPassword = ({ label, problem, ...rest }) =>
  html`<${Field} label=${label} type="password" autocomplete="new-password" required minlength="8" maxlength="128"
    hint=${say("At least 8 characters, and none that many people use.")}
    error=${isRefusedPassword(problem) ? say("This password is too short, or one that many people use. Choose another.") : null} ...${rest} />`;
