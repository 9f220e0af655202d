// One hall is drawn: size, aisles, types, gaps and marks by painting, labels and numbers; the whole as text, too.
import { useState } from "preact/hooks";
import { html } from "../../base/html.js";
import { Button, Field } from "../../base/ui.js";
import { area } from "../../base/words.js";
import { gridOf, lettersOf } from "./grid.js";
import { Hall, Legend, nameOf } from "./hall.js";
import { GREATEST, UNUSED, painted, placeOf, placesOf, resized, rowLetters, withAisle } from "./layout.js";
import { FromText } from "./text.js";

const say = await area("console_layouts");
const TOOLS = [
  ["gap", () => say("Seat or gap")], ["blocked", () => say("Blocked")], ["accessible", () => say("Accessible")],
  ["companion", () => say("Companion")], ["pair", () => say("Pair")], ["aisle", () => say("Aisle after")],
];

const Tools = ({ layout, tool, onTool }) => html`<div class="tools" role="group" aria-label=${say("What a press on a place does")}>
  ${TOOLS.map(([name, label]) => html`<${Button} key=${name} aria-pressed=${tool === name} onClick=${() => onTool(name)}>${label()}<//>`)}
  ${layout.seatTypes.map((type) => html`<${Button} key=${type.type} aria-pressed=${tool === `type:${type.type}`} onClick=${() => onTool(`type:${type.type}`)}>${say("Row: {type}", { type: type.type })}<//>`)}
</div>`;

const Types = ({ layout, onChange }) => {
  const [name, setName] = useState("");
  const setFactor = (type, written) => {
    const priceFactor = Number(written.replace(",", "."));
    if (written.trim() && priceFactor >= 0) onChange({ ...layout, seatTypes: layout.seatTypes.map((each) => (each.type === type ? { ...each, priceFactor } : each)) });
  };
  const add = () => {
    const type = name.trim();
    if (!type || layout.seatTypes.some((each) => each.type === type)) return;
    onChange({ ...layout, seatTypes: [...layout.seatTypes, { type, rows: [UNUSED], priceFactor: 1 }] });
    setName("");
  };
  return html`<fieldset><legend>${say("Seat types and their factor of the base price")}</legend>
    ${layout.seatTypes.map(({ type, priceFactor }) => html`<${Field} key=${type} label=${type} inputmode="decimal" value=${String(priceFactor)} onChange=${(event) => setFactor(type, event.target.value)} />`)}
    <div class="row"><${Field} label=${say("New seat type")} value=${name} onInput=${(event) => setName(event.target.value)} /><${Button} onClick=${add}>${say("Add it")}<//></div>
  </fieldset>`;
};

const Labels = ({ layout, onChange }) => {
  const setLabels = (written) => {
    const labels = written.split(",").map((each) => each.trim()).map((each) => (each === "-" ? null : each));
    const all = Array.from({ length: layout.rows }, (_, at) => (labels[at] === null ? null : labels[at] || rowLetters(at)));
    onChange({ ...layout, rowLabels: written.trim() ? all : [] });
  };
  const numbering = (change) => onChange({ ...layout, numbering: { ...layout.numbering, ...change } });
  return html`<fieldset><legend>${say("Labels and numbers")}</legend>
    <${Field} label=${say("Row labels from the screen")} hint=${say("with commas between; - is a row without seats, empty means A, B, C …")} value=${layout.rowLabels.map((label) => label ?? "-").join(", ")} onChange=${(event) => setLabels(event.target.value)} />
    <${Field} label=${say("Numbers begin")} as="select" value=${layout.numbering.from} onChange=${(event) => numbering({ from: event.target.value })}><option value="left">${say("at the left wall")}</option><option value="right">${say("at the right wall")}</option><//>
    <${Field} label=${say("Numbers count")} as="select" value=${layout.numbering.count} onChange=${(event) => numbering({ count: event.target.value })}><option value="columns">${say("places, gaps too")}</option><option value="seats">${say("seats only")}</option><//>
  </fieldset>`;
};

const Size = ({ layout, onChange }) => {
  const size = (name) => (event) => {
    const value = Math.round(Number(event.target.value));
    if (value >= 1 && value <= GREATEST) onChange(resized(layout, name === "rows" ? value : layout.rows, name === "cols" ? value : layout.cols));
  };
  return html`<div class="row size"><${Field} label=${say("Rows")} type="number" min="1" max="100" value=${layout.rows} onChange=${size("rows")} />
    <${Field} label=${say("Places in a row")} type="number" min="1" max="100" value=${layout.cols} onChange=${size("cols")} /></div>`;
};

/** Edits `layout`; every change goes to `onChange(layout)`. */
export const Editor = ({ layout, onChange }) => {
  const [tool, setTool] = useState("gap");
  const [current, setCurrent] = useState("A1");
  const [isText, setIsText] = useState(false);
  const use = (id) => onChange(tool === "aisle" ? (placeOf(id)[1] < layout.cols ? withAisle(layout, placeOf(id)[1]) : layout) : painted(layout, tool, id));
  const place = placesOf(layout).find((each) => each.id === current);
  const take = (next) => {
    onChange(next);
    setCurrent("A1");
    setIsText(false);
  };
  const factors = Object.fromEntries(layout.seatTypes.map((type) => [type.type, type.priceFactor]));
  return html`<div class="designer">
    <div>
      <${Tools} layout=${layout} tool=${tool} onTool=${setTool} />
      <div class="canvas"><${Hall} layout=${layout} label=${say("The hall. Arrow keys walk, space uses the tool.")} edited=${{ current: place ? current : "A1", onMove: setCurrent, onTool: use }} /></div>
      <p class="soft" role="status">${place && nameOf(place)}</p>
      <${Legend} layout=${layout} />
    </div>
    <div class="designer-side">
      <p><${Button} onClick=${() => setIsText(true)}>${say("As text, or paste a grid")}<//></p>
      <${Size} layout=${layout} onChange=${onChange} />
      <${Labels} layout=${layout} onChange=${onChange} />
      <${Types} layout=${layout} onChange=${onChange} />
    </div>
    ${isText && html`<${FromText} text=${gridOf(layout)} letters=${lettersOf(layout)} factors=${factors} numbering=${layout.numbering} onDone=${take} onClose=${() => setIsText(false)} />`}
  </div>`;
};
