// The parts that every page is made of. They bring roles, labels and focus with them.
import { useCallback, useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Problem } from "./api.js";
import { html } from "./html.js";
import { errorOf, faultsElsewhere, wordsOf } from "./problems.js";
import { area } from "./words.js";

const say = await area("base");

/** A button; `busy` while its work is under way. `kind`: primary, plain, quiet, danger. */
export const Button = ({ kind = "plain", busy = false, type = "button", children, class: names = "", disabled, ...rest }) =>
  html`<button type=${type} class=${`button ${kind} ${names}`} aria-busy=${busy || undefined} disabled=${disabled || busy} ...${rest}>${children}</button>`;

/** A link that looks like a button. */
export const ButtonLink = ({ kind = "plain", children, class: names = "", ...rest }) =>
  html`<a class=${`button ${kind} ${names}`} ...${rest}>${children}</a>`;

const Faults = ({ problem }) => {
  const faults = faultsElsewhere(problem);
  return faults.length > 0 && html`<ul class="plain">${faults.map(({ path, text }) => html`<li key=${path}><span class="mono">${path}</span>: ${text}</li>`)}</ul>`;
};

/** What went wrong, said at once, and what to do: `again` tries once more. */
export const Failure = ({ problem, again, children }) =>
  problem && html`<div class="notice bad" role="alert">
    <p>${problem instanceof Problem ? wordsOf(problem) : String(problem.message ?? problem)}</p>
    ${children ?? html`<${Faults} problem=${problem} />`}
    ${again && html`<p><${Button} onClick=${again}>${say("Try again")}<//></p>`}
  </div>`;

/** What happened, said politely. `kind`: good, info. */
export const Notice = ({ kind = "info", children }) => html`<div class=${`notice ${kind}`} role="status">${children}</div>`;

/** A labelled input, with its hint and what is wrong with it. `path` finds the error in `problem`. */
export const Field = ({ label, hint, problem, path, error, as = "input", children, class: names = "", ...rest }) => {
  const id = useId();
  const wrong = error ?? (path ? errorOf(problem, path) : null);
  const described = [hint && `${id}-hint`, wrong && `${id}-error`].filter(Boolean).join(" ") || undefined;
  const control = { id, "aria-describedby": described, "aria-invalid": wrong ? "true" : undefined, ...rest };
  return html`<div class=${`field ${names}`}>
    <label for=${id}>${label}</label>
    ${as === "select" ? html`<select ...${control}>${children}</select>` : as === "textarea" ? html`<textarea ...${control}></textarea>` : html`<input ...${control} />`}
    ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
    ${wrong && html`<p class="error" id=${`${id}-error`}>${wrong}</p>`}
  </div>`;
};

/** A checkbox with its label. */
export const Check = ({ label, hint, ...rest }) => {
  const id = useId();
  return html`<div class="check"><input type="checkbox" id=${id} ...${rest} /><label for=${id}>${label}${hint && html`<span class="hint">${hint}</span>`}</label></div>`;
};

/** Grey shapes in place of what is being loaded. */
export const Loading = ({ lines = 3 }) =>
  html`<div class="loading" role="status"><span class="hidden">${say("Loading …")}</span>${Array.from({ length: lines }, (_, at) => html`<span class="bone" key=${at} aria-hidden="true"></span>`)}</div>`;

/** Nothing to show, and what to do about it. */
export const Empty = ({ children }) => html`<div class="empty">${children}</div>`;

/** A dialog over the page; Escape, the cross and a click beside it call `onClose`. */
export const Dialog = ({ title, onClose, children, wide = false }) => {
  const dialog = useRef(null);
  const id = useId();
  useLayoutEffect(() => {
    const shown = dialog.current;
    const before = document.activeElement;
    shown.showModal();
    return () => {
      shown.close();
      before?.focus?.();
    };
  }, []);
  const onCancel = (event) => {
    event.preventDefault();
    onClose();
  };
  return html`<dialog ref=${dialog} class=${wide ? "wide" : ""} aria-labelledby=${id} onCancel=${onCancel} onClick=${(event) => event.target === dialog.current && onClose()}>
    <div class="dialog">
      <header><h2 id=${id}>${title}</h2><button type="button" class="close" aria-label=${say("Close")} onClick=${onClose}>×</button></header>
      ${children}
    </div>
  </dialog>`;
};

/**
 * What `load(signal)` gives: `{value, problem, isLoading, reload, set}`; loaded anew when `keys` change. What was shown
 * stays while it is loaded again.
 */
export const useLoaded = (load, keys) => {
  const [state, setState] = useState({ value: null, problem: null, isLoading: true });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const aborting = new AbortController();
    setState((before) => ({ ...before, problem: null, isLoading: true }));
    load(aborting.signal).then(
      (value) => !aborting.signal.aborted && setState({ value, problem: null, isLoading: false }),
      (problem) => !aborting.signal.aborted && setState((before) => ({ ...before, problem, isLoading: false })),
    );
    return () => aborting.abort();
  }, [...keys, turn]);
  const reload = useCallback(() => setTurn((before) => before + 1), []);
  const set = useCallback((value) => setState({ value, problem: null, isLoading: false }), []);
  return { ...state, reload, set };
};

/**
 * Work that a person starts: `[run, {busy, problem, clear}]`. `run(...)` gives what `work` gives, undefined on a problem.
 * It is done once at a time: the second of two quick clicks does nothing.
 */
export const useWork = (work) => {
  const [state, setState] = useState({ busy: false, problem: null });
  const isRunning = useRef(false);
  const run = async (...given) => {
    if (isRunning.current) return undefined;
    isRunning.current = true;
    setState({ busy: true, problem: null });
    try {
      const done = await work(...given);
      setState({ busy: false, problem: null });
      return done;
    } catch (problem) {
      setState({ busy: false, problem });
      return undefined;
    } finally {
      isRunning.current = false;
    }
  };
  return [run, { ...state, clear: () => setState({ busy: false, problem: null }) }];
};

/** The page's heading; it gets the focus when one comes from another page, so that readers start there. */
export const Title = ({ children, focus = false }) => {
  const heading = useRef(null);
  useEffect(() => {
    if (focus) heading.current.focus();
  }, []);
  return html`<h1 ref=${heading} tabindex="-1">${children}</h1>`;
};

/** The title of the browser's tab. */
export const useTabTitle = (text) => {
  useEffect(() => {
    document.title = text ? `${text} · Marquee` : "Marquee";
  }, [text]);
};
