// A step of the purchase: its heading takes the focus, so that readers begin there.
import { useEffect, useRef } from "preact/hooks";
import { html } from "../base/html.js";

let shown = null;

/** `quiet`: the first step that a page shows leaves the focus where it is. */
export const Step = ({ title, quiet = false, class: names = "", children }) => {
  const heading = useRef(null);
  useEffect(() => {
    if (!quiet || shown) {
      heading.current.focus();
      heading.current.scrollIntoView({ block: "nearest" });
    }
    shown = title;
  }, []);
  return html`<section class=${`step ${names}`}><h2 ref=${heading} tabindex="-1">${title}</h2>${children}</section>`;
};
