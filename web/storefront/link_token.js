// The token of a mail's link: it leaves the address bar at once, and stays in this tab, so that a reload still works.
// This module is imported before all others, which read the address without it.
import { tab } from "../base/storage.js";

const nameFor = (path) => `token of ${path.replace(/\/$/, "")}`;

const query = new URLSearchParams(location.search);
if (query.has("token")) {
  tab.write(nameFor(location.pathname), query.get("token"));
  query.delete("token");
  const rest = query.toString();
  history.replaceState(null, "", location.pathname + (rest && `?${rest}`));
}

/** The token by which the page at a path was opened in this tab; null for none. */
export const tokenOf = (path) => tab.read(nameFor(path));
/** The token is spent or refused: it is not tried again. */
export const forgetToken = (path) => tab.write(nameFor(path), null);
