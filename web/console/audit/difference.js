// What differs between two states of a thing, by the path of each value.

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** The leaves of a value by their paths, `theater.name`; lists count as one where they hold no objects. */
export const leavesOf = (value, path = "") => {
  const isList = Array.isArray(value) && value.some((each) => typeof each === "object" && each !== null);
  if (!isObject(value) && !isList) return new Map([[path, value]]);
  const leaves = new Map();
  for (const [name, each] of Object.entries(value)) {
    for (const [at, leaf] of leavesOf(each, path ? `${path}.${name}` : name)) leaves.set(at, leaf);
  }
  if (!leaves.size) leaves.set(path, value);
  return leaves;
};

/** `[{path, before, after}]`; undefined where there was or is nothing. */
export const differences = (before, after) => {
  const [old, now] = [before, after].map((side) => (side === null || side === undefined ? new Map() : leavesOf(side)));
  const paths = [...new Set([...old.keys(), ...now.keys()])].filter(Boolean);
  const isNothing = (value) => value === undefined || value === null || (typeof value === "object" && !Object.keys(value).length);
  const isShown = (path) => !(isNothing(old.get(path)) && isNothing(now.get(path)));
  return paths.filter((path) => isShown(path) && JSON.stringify(old.get(path)) !== JSON.stringify(now.get(path)))
    .map((path) => ({ path, before: old.get(path), after: now.get(path) }));
};

/** A value as one reads it. */
export const valueText = (value) => {
  if (value === undefined) return "";
  if (Array.isArray(value)) return value.map(valueText).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
};
