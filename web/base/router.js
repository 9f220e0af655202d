// Pages within one shell: a link to another of its pages changes the address without loading anew.
import { signal } from "@preact/signals";

/** Where we are: `{path, query}`; query is a URLSearchParams. */
export const place = signal(current());

function current() {
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

let isOurs = () => false;

const moved = () => {
  place.value = current();
};

/** Go to a path of ours, or load another's. `replace` leaves no step back. */
export const go = (target, { replace = false } = {}) => {
  const url = new URL(target, location.href);
  if (url.origin !== location.origin || !isOurs(url.pathname)) return location.assign(url);
  const samePath = url.pathname === location.pathname;
  history[replace || url.href === location.href ? "replaceState" : "pushState"](null, "", url);
  moved();
  if (!samePath) scrollTo(0, 0);
  return undefined;
};

/** Change the query alone, in place: filters that a reload keeps. Null takes a name away. */
export const setQuery = (changes) => {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  history.replaceState(null, "", text ? `${location.pathname}?${text}` : location.pathname);
  moved();
};

const onClick = (event) => {
  const link = event.target.closest?.("a[href]");
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || !isPlain || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
  if (link.origin !== location.origin || !isOurs(link.pathname) || (link.hash && link.pathname === location.pathname)) return;
  event.preventDefault();
  go(link.href);
};

/**
 * Start: `routes` are `[pattern, load]`, where a pattern is `/movies/:id` and `load()` imports the module whose default
 * export is the page. Returns `find(path)`, which gives `{load, parameters}` or null.
 */
export const routing = (routes) => {
  const known = routes.map(([pattern, load]) => [new RegExp(`^${pattern.replace(/:(\w+)/g, "(?<$1>[^/]+)")}/?$`), load]);
  const find = (path) => {
    for (const [pattern, load] of known) {
      const match = pattern.exec(path);
      if (match) return { load, parameters: { ...match.groups } };
    }
    return null;
  };
  isOurs = (path) => find(path) !== null;
  addEventListener("popstate", moved);
  document.addEventListener("click", onClick);
  return find;
};
