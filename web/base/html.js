// Preact's elements, written as templates: html`<p>${text}</p>`.
import { Fragment, h } from "preact";
import htm from "htm";

export const html = htm.bind(h);
export { Fragment };
