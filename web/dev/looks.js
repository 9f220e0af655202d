// What the panes share: looking again every few seconds, and calls to the simulators.
import { useEffect, useState } from "preact/hooks";
import { api } from "../base/api.js";
import { html } from "../base/html.js";
import { Failure } from "../base/ui.js";

const SECONDS = 3;

/** `[value, problem, again]` of what `load` gives, asked for again every three seconds while the page is seen. */
export const useLook = (load) => {
  const [state, setState] = useState({ value: null, problem: null });
  const again = async () => {
    try {
      setState({ value: await load(), problem: null });
    } catch (problem) {
      setState((before) => ({ ...before, problem }));
    }
  };
  useEffect(() => {
    again();
    const timer = setInterval(() => document.visibilityState === "visible" && again(), SECONDS * 1000);
    return () => clearInterval(timer);
  }, []);
  return [state.value, state.problem, again];
};

const OPTIONS = { anonymous: true };

/** A simulator's control plane. */
export const simulator = (name) => ({
  get: (path) => api.get(`/dev/simulators/${name}/${path}`, OPTIONS),
  post: (path, body = {}) => api.post(`/dev/simulators/${name}/${path}`, body, { ...OPTIONS, key: null }),
});

export const stack = () => api.get("/dev/stack", OPTIONS);

/** A pane with its heading. */
export const Pane = ({ title, note, problem, children }) => html`<section class="card pane" aria-label=${title}>
  <h2>${title}</h2>
  ${note && html`<p class="soft small">${note}</p>`}
  <${Failure} problem=${problem} />
  ${children}
</section>`;
