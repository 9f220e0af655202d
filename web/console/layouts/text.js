// A hall from a pasted grid of text, with what is wrong in it by line and column, drawn as it is typed.
import { useState } from "preact/hooks";
import { html } from "../../base/html.js";
import { Button, Dialog, Field } from "../../base/ui.js";
import { area } from "../../base/words.js";
import { LETTERS, layoutOf } from "./grid.js";
import { Hall, Legend } from "./hall.js";

const say = await area("console_layouts");

const PROBLEMS = {
  unknown: (values) => say("“{character}” is no seat type and no mark", values),
  two_types: (values) => say("a row has one seat type: {one} or {other}", values),
  half_pair: () => say("a pair is written <>, side by side, without an aisle between"),
  companion_alone: () => say("a companion (c) sits beside an accessible seat (@)"),
  aisle_at_wall: () => say("an aisle (|) is between two places"),
  too_many_rows: () => say("a hall has at most 100 rows"),
  too_wide: () => say("a row has at most 100 places"),
  no_seats: () => say("there is no seat"),
};

const lettersText = (letters) => Object.entries(letters).map(([letter, type]) => `${letter}=${type}`).join(", ");
const lettersFrom = (text) => Object.fromEntries(text.split(/[,;\n]/).map((part) => part.split("=").map((each) => each.trim())).filter(([letter, type]) => letter?.length === 1 && type).map(([letter, type]) => [letter.toLowerCase(), type]));

/** `onDone(layout)` with the hall that the text says. */
export const FromText = ({ text, letters = LETTERS, factors, numbering, onDone, onClose }) => {
  const [written, setWritten] = useState(text);
  const [types, setTypes] = useState(lettersText({ ...LETTERS, ...letters }));
  const { layout, problems } = layoutOf(written, { letters: lettersFrom(types), factors, numbering });
  const isDrawn = layout.rows > 0 && layout.cols > 0 && layout.rows <= 100 && layout.cols <= 100;
  return html`<${Dialog} title=${say("Hall from text")} onClose=${onClose} wide>
    <p>${say("One line a row, the screen first. A letter is a seat of its type, a dot or a space is no seat, | an aisle, @ an accessible seat, c a companion beside it, x a blocked seat, <> a pair. “K: ” before a line is its label; an empty line is a row without seats.")}</p>
    <div class="from-text">
      <div><${Field} label=${say("The grid")} as="textarea" class="grid-text" rows="14" spellcheck=${false} value=${written} onInput=${(event) => setWritten(event.target.value)} />
        <${Field} label=${say("Letters of the seat types")} value=${types} onInput=${(event) => setTypes(event.target.value)} /></div>
      <div>${isDrawn && html`<${Hall} layout=${layout} label=${say("The hall as it is written")} /><${Legend} layout=${layout} />`}</div>
    </div>
    ${written.trim() !== "" && problems.length > 0 && html`<div class="notice bad" role="status"><ul>${problems.slice(0, 12).map(({ line, column, code, values }) =>
      html`<li key=${`${line} ${column} ${code}`}>${say("Line {line}, column {column}:", { line, column })} ${PROBLEMS[code](values)}</li>`)}</ul></div>`}
    <p class="actions"><${Button} kind="primary" disabled=${problems.length > 0} onClick=${() => onDone(layout)}>${say("Use this hall")}<//></p>
  <//>`;
};
