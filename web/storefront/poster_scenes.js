// What is drawn on posters: a handful of scenes in a handful of colours. A scene says on which ground its title stands.
import { html } from "../base/html.js";

/** From far to near: sky, far, mid, near; glow is light and near is dark, so that one of them reads on every ground. */
export const PALETTES = [
  { sky: "#f2b56b", far: "#e07a4f", mid: "#b5443f", near: "#431b30", glow: "#fff1d6" },
  { sky: "#2b2a5b", far: "#5a3d7a", mid: "#b0557d", near: "#17152f", glow: "#ffd9b8" },
  { sky: "#bfe3dd", far: "#6fb7b5", mid: "#2f7f8f", near: "#0f3346", glow: "#fff6e0" },
  { sky: "#e8e2b8", far: "#b3b862", mid: "#5d7f4a", near: "#1f3a2b", glow: "#fffbe6" },
  { sky: "#14243c", far: "#24476b", mid: "#3a7ca5", near: "#091320", glow: "#f9dc7a" },
  { sky: "#f4c6cf", far: "#e08a9b", mid: "#9a3f68", near: "#361229", glow: "#fff3ee" },
  { sky: "#f1e6d0", far: "#e3a83b", mid: "#cf4a4f", near: "#1f2b38", glow: "#fffaf0" },
  { sky: "#d9d2f0", far: "#9a86d1", mid: "#5a4aa0", near: "#231b4b", glow: "#fdf3d8" },
];

const whole = (value) => Math.round(value * 10) / 10;
const between = (random, low, high) => low + random() * (high - low);
const Ground = (colour, width, height) => html`<rect width=${width} height=${height} fill=${colour} />`;

const ridge = (random, base, swing, width, height) => {
  const steps = 6;
  const heights = Array.from({ length: steps + 1 }, () => base + between(random, -swing, swing));
  const curve = heights.slice(1).map((y, at) => {
    const [x, before] = [((at + 0.5) * width) / steps, heights[at]];
    return `C${whole(x)} ${whole(before)} ${whole(x)} ${whole(y)} ${whole(((at + 1) * width) / steps)} ${whole(y)}`;
  });
  return `M0 ${whole(heights[0])}${curve.join("")}V${height}H0Z`;
};

const hills = ({ random, palette, width, height }) => {
  const [x, y, r] = [between(random, 90, 210), between(random, 120, 180), between(random, 46, 76)];
  return {
    bottom: palette.near,
    art: html`${Ground(palette.sky, width, height)}
      <circle cx=${whole(x)} cy=${whole(y)} r=${whole(r)} fill=${palette.glow} />
      <path d=${ridge(random, 215, 34, width, height)} fill=${palette.far} />
      <path d=${ridge(random, 252, 26, width, height)} fill=${palette.mid} />
      <path d=${ridge(random, 288, 14, width, height)} fill=${palette.near} />`,
  };
};

const waves = ({ random, palette, width, height }) => {
  const colours = [palette.far, palette.mid, palette.far, palette.mid, palette.near];
  const lift = between(random, 9, 18);
  const band = (at) => {
    const y = 118 + at * 40;
    const shift = (at % 2 ? 1 : -1) * lift;
    return `M0 ${y}Q${width / 4} ${whole(y - shift * 2)} ${width / 2} ${y}T${width} ${y}V${height}H0Z`;
  };
  return {
    bottom: palette.near,
    art: html`${Ground(palette.sky, width, height)}
      <circle cx=${whole(between(random, 70, 230))} cy="92" r=${whole(between(random, 30, 48))} fill=${palette.glow} />
      ${colours.map((colour, at) => html`<path key=${at} d=${band(at)} fill=${colour} opacity=${at % 2 || at === 4 ? 1 : 0.85} />`)}`,
  };
};

const rails = ({ random, palette, width, height }) => {
  const x = between(random, 110, 190);
  const rain = Array.from({ length: 34 }, () => [between(random, -20, width), between(random, 0, 300), between(random, 14, 46)]);
  return {
    bottom: palette.near,
    art: html`${Ground(palette.sky, width, height)}
      <circle cx=${whole(x)} cy="150" r="62" fill=${palette.glow} />
      <path d=${`M0 190H${width}V${height}H0Z`} fill=${palette.mid} />
      <path d=${`M${whole(x - 4)} 190L-30 ${height}H${width + 30}L${whole(x + 4)} 190Z`} fill=${palette.near} />
      <path d=${`M${whole(x - 2)} 190L60 ${height}M${whole(x + 2)} 190L240 ${height}`} stroke=${palette.glow} stroke-width="3" fill="none" />
      ${[0, 1, 2, 3, 4].map((at) => html`<path key=${at} d=${`M${whole(x - 6 - at * at * 5)} ${200 + at * at * 7}H${whole(x + 6 + at * at * 5)}`} stroke=${palette.far} stroke-width=${1.5 + at} />`)}
      <rect y="300" width=${width} height=${height - 300} fill=${palette.near} />
      <g stroke=${palette.glow} stroke-width="1.2" opacity="0.55">${rain.map(([left, y, long], at) => html`<path key=${at} d=${`M${whole(left)} ${whole(y)}l${whole(long * 0.34)} ${whole(long)}`} />`)}</g>`,
  };
};

const rings = ({ random, palette, width, height }) => {
  const [x, y] = [between(random, 100, 200), between(random, 260, 310)];
  const colours = [palette.near, palette.mid, palette.near, palette.far, palette.near, palette.mid, palette.near];
  return {
    top: palette.near,
    art: html`${Ground(palette.near, width, height)}
      <g>${colours.map((colour, at) => html`<circle key=${at} cx=${whole(x + at * 3)} cy=${whole(y + at * 2)} r=${126 - at * 17} fill=${colour} />`)}</g>
      <circle cx=${whole(x + 21)} cy=${whole(y + 14)} r="13" fill=${palette.glow} />
      <path d=${`M0 404H${width}V${height}H0Z`} fill=${palette.near} />`,
  };
};

const skyline = ({ random, palette, width, height }) => {
  const towers = [];
  for (let x = -6; x < width; ) {
    const wide = Math.round(between(random, 26, 54));
    towers.push([x, Math.round(between(random, 150, 250)), wide]);
    x += wide + 2;
  }
  const windows = towers.flatMap(([x, y, wide]) => {
    const lit = [];
    for (let left = x + 6; left < x + wide - 8; left += 10) for (let up = y + 10; up < 290; up += 14) if (random() < 0.28) lit.push([left, up]);
    return lit;
  });
  return {
    bottom: palette.near,
    art: html`${Ground(palette.sky, width, height)}
      <circle cx=${whole(between(random, 60, 240))} cy=${whole(between(random, 84, 120))} r="40" fill=${palette.glow} />
      <g fill=${palette.mid}>${towers.map(([x, y, wide], at) => html`<rect key=${at} x=${x + 14} y=${y - 44} width=${wide - 10} height="300" />`)}</g>
      <g fill=${palette.near}>${towers.map(([x, y, wide], at) => html`<rect key=${at} x=${x} y=${y} width=${wide} height="300" />`)}</g>
      <g fill=${palette.glow}>${windows.map(([x, y], at) => html`<rect key=${at} x=${x} y=${y} width="4" height="6" opacity="0.9" />`)}</g>
      <rect y="300" width=${width} height=${height - 300} fill=${palette.near} />`,
  };
};

const orbit = ({ random, palette, width, height }) => {
  const [x, y, tilt] = [between(random, 110, 190), between(random, 250, 290), Math.round(between(random, -34, 34))];
  const stars = Array.from({ length: 46 }, () => [between(random, 0, width), between(random, 0, 400), between(random, 0.5, 1.7)]);
  return {
    top: palette.near,
    art: html`${Ground(palette.near, width, height)}
      <g fill=${palette.glow}>${stars.map(([left, up, r], at) => html`<circle key=${at} cx=${whole(left)} cy=${whole(up)} r=${whole(r)} opacity="0.75" />`)}</g>
      <circle cx=${whole(x)} cy=${whole(y)} r="74" fill=${palette.mid} />
      <path d=${`M${whole(x)} ${whole(y - 74)}a74 74 0 0 1 0 148a104 104 0 0 0 0 -148Z`} fill=${palette.far} />
      <g transform=${`rotate(${tilt} ${whole(x)} ${whole(y)})`} fill="none" stroke=${palette.glow}>
        <ellipse cx=${whole(x)} cy=${whole(y)} rx="122" ry="26" stroke-width="3" />
        <ellipse cx=${whole(x)} cy=${whole(y)} rx="138" ry="32" stroke-width="1" opacity="0.6" />
      </g>
      <circle cx=${whole(x - 96)} cy=${whole(y - 84)} r="13" fill=${palette.glow} />
      <path d=${`M0 404H${width}V${height}H0Z`} fill=${palette.near} />`,
  };
};

const QUARTERS = ["M0 0H50A50 50 0 0 1 0 50Z", "M50 0V50A50 50 0 0 1 0 0Z", "M50 50H0A50 50 0 0 1 50 0Z", "M0 50V0A50 50 0 0 1 50 50Z"];

const tiles = ({ random, palette, width, height }) => {
  const colours = [palette.far, palette.mid, palette.near, palette.glow];
  const places = Array.from({ length: 36 }, (_, at) => [(at % 6) * 50, Math.floor(at / 6) * 50]);
  const tile = ([x, y], at) => {
    const [ground, shape] = [colours[Math.floor(random() * 4)], random()];
    const figure = colours[(colours.indexOf(ground) + 1 + Math.floor(random() * 3)) % 4];
    return html`<g key=${at} transform=${`translate(${x} ${y})`}><rect width="50.5" height="50.5" fill=${ground} />
      ${shape < 0.72 ? html`<path d=${QUARTERS[Math.floor(random() * 4)]} fill=${figure} />` : shape < 0.88 ? html`<circle cx="25" cy="25" r="15" fill=${figure} />` : null}</g>`;
  };
  return { bottom: palette.sky, art: html`${Ground(palette.sky, width, height)}<g transform="translate(0 -14)">${places.map(tile)}</g>` };
};

const confetti = ({ random, palette, width, height }) => {
  const colours = [palette.far, palette.mid, palette.glow, palette.near];
  const pieces = Array.from({ length: 40 }, () => [between(random, 6, width - 12), between(random, 150, 400), Math.round(between(random, 0, 180)), colours[Math.floor(random() * 4)], random()]);
  return {
    top: palette.sky,
    art: html`${Ground(palette.sky, width, height)}
      <circle cx="150" cy="450" r="190" fill=${palette.far} /><circle cx="150" cy="450" r="136" fill=${palette.mid} /><circle cx="150" cy="450" r="84" fill=${palette.near} />
      ${pieces.map(([x, y, turn, colour, kind], at) => kind < 0.5
        ? html`<rect key=${at} x=${whole(x)} y=${whole(y)} width="17" height="6" rx="1" fill=${colour} transform=${`rotate(${turn} ${whole(x)} ${whole(y)})`} />`
        : html`<circle key=${at} cx=${whole(x)} cy=${whole(y)} r=${whole(3 + kind * 4)} fill=${colour} />`)}
      <path d=${`M0 404H${width}V${height}H0Z`} fill=${palette.near} />`,
  };
};

const beams = ({ random, palette, width, height }) => {
  const x = between(random, 40, 260);
  const rays = Array.from({ length: 9 }, (_, at) => [(at * width) / 4.5 - 150, ((at + 0.5) * width) / 4.5 - 150]);
  return {
    bottom: palette.near,
    art: html`${Ground(palette.mid, width, height)}
      ${rays.map(([from, to], at) => html`<path key=${at} d=${`M${whole(x)} 300L${whole(from)} -10H${whole(to)}Z`} fill=${at % 2 ? palette.far : palette.sky} opacity="0.9" />`)}
      <circle cx=${whole(x)} cy="300" r="88" fill=${palette.glow} />
      <path d=${ridge(random, 272, 10, width, height)} fill=${palette.near} />`,
  };
};

const arches = ({ random, palette, width, height }) => {
  const turned = random() < 0.5;
  const colours = [palette.far, palette.mid, palette.near, palette.glow];
  const arch = (r) => `M${150 - r} 300V${250 - r * 0.2}A${r} ${r} 0 0 1 ${150 + r} ${250 - r * 0.2}V300Z`;
  return {
    bottom: palette.near,
    art: html`${Ground(palette.sky, width, height)}
      ${colours.map((colour, at) => html`<path key=${at} d=${arch(126 - at * 32)} fill=${colour} />`)}
      <path d=${turned ? "M150 300l-9 -34h18Z" : "M144 300v-30h12v30Z"} fill=${palette.near} />
      <rect y="298" width=${width} height=${height - 298} fill=${palette.near} />`,
  };
};

export const SCENES = { hills, waves, rails, rings, skyline, orbit, tiles, confetti, beams, arches };
