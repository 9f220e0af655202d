// The theater that a section is about, with its screens.
import { api } from "../../base/api.js";
import { html } from "../../base/html.js";
import { Empty, Failure, Loading, useLoaded } from "../../base/ui.js";
import { area } from "../../base/words.js";

const say = await area("console_planning");

/** The id of the theater that the frame chose: it gives an id or a theater. */
export const idOf = (theater) => theater?.id ?? theater ?? null;

/** Asks for the theater and its screens, and shows `children(theater, reload)` with it. */
export const WithTheater = ({ theater, children }) => {
  const id = idOf(theater);
  const { value, problem, isLoading, reload } = useLoaded(
    (signal) => (id ? api.get(`/api/theaters/${id}`, { signal, cache: "no-cache" }) : Promise.resolve(null)), [id],
  );
  if (!id) return html`<${Empty}>${say("Choose a theater first.")}<//>`;
  if (problem) return html`<${Failure} problem=${problem} again=${reload} />`;
  if (!value || (isLoading && value.id !== id)) return html`<${Loading} />`;
  return children(value, reload);
};
