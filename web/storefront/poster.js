// A film's poster: its own where it lies with us, else one that is drawn from its title, genres and id, so that a film
// looks the same everywhere and each unlike its neighbours.
import { html } from "../base/html.js";
import { PALETTES, SCENES } from "./poster_scenes.js";

const WIDTH = 300;
const HEIGHT = 450;
const MARGIN = 24;
const ROOM = WIDTH - 2 * MARGIN;
const TITLE_HEIGHT = 104; // above the imprint, or below the upper edge
const MOST_LINES = 4;

const SERIF = 'Georgia, "Noto Serif", "Noto Serif Devanagari", "Noto Serif Tamil", "Times New Roman", serif';
const SANS = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans Devanagari", "Noto Sans Tamil", sans-serif';
const FACES = [
  { family: SERIF, weight: 700, spacing: -0.01, shape: (text) => text, most: 54 },
  { family: SANS, weight: 800, spacing: 0.02, shape: (text) => text.toLocaleUpperCase(), most: 46 },
  { family: SANS, weight: 300, spacing: -0.02, shape: (text) => text, most: 56 },
  { family: SERIF, weight: 400, spacing: 0, shape: (text) => text, most: 54, slant: "italic" },
];

// The scenes and faces that suit a genre, by their names there; the digest chooses among them.
const SUITED = {
  Action: ["skyline", "beams"], Adventure: ["hills", "waves"], Animation: ["tiles", "orbit"], Comedy: ["tiles", "confetti"],
  Crime: ["skyline", "rings"], Documentary: ["beams", "hills"], Drama: ["hills", "waves", "rails"], Family: ["confetti", "tiles"],
  Fantasy: ["orbit", "hills"], History: ["arches", "beams"], Horror: ["rings", "arches"], Music: ["waves", "beams"],
  Mystery: ["rings", "skyline"], Romance: ["rails", "waves"], Sport: ["beams", "confetti"], "Science Fiction": ["orbit", "rings"], Thriller: ["rings", "skyline"],
  War: ["beams", "hills"], Western: ["hills"],
};

/** Numbers from 0 to 1 that follow from a text alone (FNV-1a, mulberry32). */
export const chance = (text) => {
  let state = 2166136261;
  for (const letter of text) state = Math.imul(state ^ letter.codePointAt(0), 16777619);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
};

const oneOf = (items, random) => items[Math.floor(random() * items.length)];

// How wide a text is set, in ems: as this browser draws it, for letters of one script are twice as wide as another's.
const EM = 100;
const canvas = document.createElement("canvas").getContext("2d");
const widthOf = (text, { family, weight, slant = "normal", spacing }) => {
  canvas.font = `${slant} ${weight} ${EM}px ${family}`;
  return canvas.measureText(text).width / EM + text.length * spacing;
};
const lengthOf = (text) => [...text.normalize("NFC").replace(/\p{M}/gu, "")].length;

const broken = (words, lines) => {
  const whole = lengthOf(words.join(" "));
  const rows = [[]];
  for (const word of words) {
    const row = rows.at(-1);
    const isFull = row.length && lengthOf([...row, word].join(" ")) > whole / lines + 2;
    if (isFull && rows.length < lines) rows.push([word]);
    else row.push(word);
  }
  return rows.map((row) => row.join(" "));
};

/** A title in lines, as large as it fits: `{rows, size}`. */
const fitted = (title, face) => {
  const words = face.shape(title).split(/\s+/);
  let best = { rows: [title], size: 0 };
  for (let lines = 1; lines <= Math.min(MOST_LINES, words.length); lines += 1) {
    const rows = broken(words, lines);
    const widest = Math.max(...rows.map((row) => widthOf(row, face)));
    const size = Math.min(face.most, ROOM / widest, TITLE_HEIGHT / rows.length);
    if (size > best.size + 1) best = { rows, size };
  }
  return best;
};

const Title = ({ title, face, ink, isTop }) => {
  const { rows, size } = fitted(title, face);
  const step = size * 1.04;
  const first = isTop ? 34 + size * 0.8 : HEIGHT - 56 - step * (rows.length - 1);
  return html`<text font-family=${face.family} font-weight=${face.weight} font-style=${face.slant} font-size=${size.toFixed(1)} letter-spacing=${`${face.spacing}em`} fill=${ink}>
    ${rows.map((row, at) => html`<tspan key=${at} x=${MARGIN} y=${(first + step * at).toFixed(1)}>${row}</tspan>`)}
  </text>`;
};

const SMALL = { family: SANS, weight: 600, spacing: 0.12 };
const SMALL_SIZE = 9.5;
const YEAR_ROOM = 40;
const small = (text, x, ink, anchor = "start") =>
  html`<text x=${x} y="436" font-family=${SANS} font-size=${SMALL_SIZE} font-weight=${SMALL.weight} letter-spacing=${`${SMALL.spacing}em`} fill=${ink} text-anchor=${anchor} opacity="0.86">${text}</text>`;
// The first of the cast whose name does not run into the year.
const starring = (cast = []) => cast.map((name) => name.toLocaleUpperCase()).find((name) => widthOf(name, SMALL) * SMALL_SIZE < ROOM - YEAR_ROOM) ?? "";

const Imprint = ({ film, ink }) => html`
  <path d=${`M${MARGIN} 420H${WIDTH - MARGIN}`} stroke=${ink} stroke-width="1" opacity="0.5" />
  ${small(starring(film.cast), MARGIN, ink)}
  ${small((film.releaseDate ?? "").slice(0, 4), WIDTH - MARGIN, ink, "end")}`;

const isDark = (colour) => {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return 0.299 * red + 0.587 * green + 0.114 * blue < 140;
};

const Drawn = ({ film }) => {
  const random = chance(film.id ?? film.title);
  const fitting = (film.genres ?? []).flatMap((genre) => SUITED[genre] ?? []);
  const scene = SCENES[oneOf(fitting.length ? fitting : Object.keys(SCENES), random)];
  const palette = oneOf(PALETTES, random);
  const face = oneOf(FACES, random);
  const ink = (ground) => (isDark(ground) ? palette.glow : palette.near);
  const { art, top, bottom } = scene({ random, palette, width: WIDTH, height: HEIGHT });
  const isTop = Boolean(top);
  return html`<svg class="poster" viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} width=${WIDTH} height=${HEIGHT} aria-hidden="true" focusable="false">
    ${art}
    <${Title} title=${film.title} face=${face} ink=${ink(top ?? bottom)} isTop=${isTop} />
    <${Imprint} film=${film} ink=${ink(isTop ? palette.near : bottom)} />
  </svg>`;
};

const isOurs = (address) => {
  try {
    return Boolean(address) && new URL(address, location.href).origin === location.origin;
  } catch {
    return false;
  }
};

/** The picture of a film, whose title stands beside it in words. */
export const Poster = ({ film }) =>
  isOurs(film.poster) ? html`<img class="poster" src=${film.poster} alt="" width=${WIDTH} height=${HEIGHT} loading="lazy" />` : html`<${Drawn} film=${film} />`;
