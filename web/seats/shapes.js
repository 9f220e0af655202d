// What seats look like: a type has a shape of its own, a state a sign of its own, so that none is told by hue alone.
// Paths lie around (0, 0), nine units to each side.

const SHAPES = {
  square: "M-6 -8.5H6Q8.5 -8.5 8.5 -6V6Q8.5 8.5 6 8.5H-6Q-8.5 8.5 -8.5 6V-6Q-8.5 -8.5 -6 -8.5Z",
  shield: "M-8.5 -8.5H8.5V1Q8.5 8.5 0 8.5Q-8.5 8.5 -8.5 1Z",
  hexagon: "M-4.8 -8.8H4.8L9.4 0L4.8 8.8H-4.8L-9.4 0Z",
  circle: "M0 -8.8C4.9 -8.8 8.8 -4.9 8.8 0S4.9 8.8 0 8.8S-8.8 4.9 -8.8 0S-4.9 -8.8 0 -8.8Z",
  arch: "M-8.5 8.5V-1Q-8.5 -8.5 0 -8.5Q8.5 -8.5 8.5 -1V8.5Z",
  octagon: "M-3.9 -9H3.9L9 -3.9V3.9L3.9 9H-3.9L-9 3.9V-3.9Z",
  sofa: "M-8.5 -8.5H8.5V8.5H-8.5Z",
};
const KNOWN = { standard: "square", front: "arch", premium: "shield", vip: "hexagon", recliner: "octagon", couple: "sofa", sofa: "sofa", box: "circle" };
const SPARE = ["square", "shield", "circle", "hexagon", "arch", "octagon", "sofa"];

/** A shape for each type, no two alike while there are enough. @returns {Map<string, {path: string, hue: number}>} */
export function shapesOf(types) {
  const given = new Map();
  const used = new Set();
  const give = (type, name) => {
    used.add(name);
    given.set(type, name);
  };
  for (const type of types) {
    const name = KNOWN[type.toLowerCase()];
    if (name && !used.has(name)) give(type, name);
  }
  for (const type of types) {
    if (!given.has(type)) give(type, SPARE.find((name) => !used.has(name)) ?? SPARE[given.size % SPARE.length]);
  }
  return new Map(types.map((type, index) => [type, { path: SHAPES[given.get(type)], hue: index % 6 }]));
}

// Strokes inside the shape; they enclose nothing, so that the shape's fill stays as it is.
const SIGNS = {
  available: "",
  selected: "M-4.6 0.2L-1.4 3.6L4.8 -3.6",
  mine: "M-3.4 0H3.4M0 -3.4V3.4",
  held: "M-5 5L5 -5",
  sold: "M-4 -4L4 4M-4 4L4 -4",
};
const NOT_FOR_SALE = "M-5 0H5";

const grown = new Map();

/** The shape a little larger: a selected seat is filled to where the outline of others ends. */
function larger(shape) {
  if (!grown.has(shape)) grown.set(shape, shape.replace(/-?\d+(\.\d+)?/g, (number) => (number * 1.2).toFixed(1)));
  return grown.get(shape);
}

/** The path of a seat of this shape in this state. */
export function pathOf(shape, state, isSelected) {
  if (isSelected) return larger(shape) + SIGNS.selected;
  return state === "blocked" ? NOT_FOR_SALE : shape + SIGNS[state];
}

/** Signs of few seats: a wheelchair; two heads for a companion's seat. */
export const WHEELCHAIR = "M-1.6 -5.6A1.3 1.3 0 1 1 -1.6 -5.59M-1.4 -3V1H2.6L4.4 5M-1.4 -1.2H2M-2.9 -0.2A3.5 3.5 0 1 0 2.3 4.3";
export const COMPANION = "M-2.6 -3A1.7 1.7 0 1 1 -2.6 -2.99M2.8 -3A1.7 1.7 0 1 1 2.8 -2.99M-5.6 4.4Q-5.6 0.4 -2.6 0.4Q0 0.4 0.1 3Q0.2 0.4 2.8 0.4Q5.8 0.4 5.8 4.4";

/** The screen above a hall, slightly bent. */
export function screenPath(hall) {
  const [left, right] = [hall.width * 0.14, hall.width * 0.86];
  return `M${left} 34Q${hall.width / 2} 8 ${right} 34`;
}
