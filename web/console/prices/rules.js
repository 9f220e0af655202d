// The list of pricing rules, in the order in which they apply, and the form by which one is edited.
import { useState } from "preact/hooks";
import { digitsOf } from "../../base/format.js";
import { html } from "../../base/html.js";
import { Button, Check, Dialog, Empty, Field } from "../../base/ui.js";
import { area } from "../../base/words.js";
import { WEEKDAYS, fieldsOf, moved, ruleOf, unreadable } from "./rule.js";
import { adjustText, weekdayName, whenText } from "./wording.js";

const say = await area("console_prices");

const When = ({ fields, set, bind }) => html`
  <fieldset><legend>${say("When")}</legend>
    <div class="days">${WEEKDAYS.map((day) => html`<${Check} key=${day} label=${weekdayName(day)} checked=${fields.days.includes(day)}
      onChange=${(event) => set({ days: event.target.checked ? [...fields.days, day] : fields.days.filter((each) => each !== day) })} />`)}</div>
    <div class="columns">
      <${Field} label=${say("Starts from")} type="time" ...${bind("from")} />
      <${Field} label=${say("Starts until")} type="time" ...${bind("to")} />
      <${Field} label=${say("On these dates")} hint=${say("for example 2026-12-25, 2027-01-01")} ...${bind("dates")} />
      <${Field} label=${say("Hours before, at least")} inputmode="decimal" ...${bind("hoursAtLeast")} />
      <${Field} label=${say("Hours before, at most")} inputmode="decimal" ...${bind("hoursAtMost")} />
      <${Field} label=${say("Percent full, at least")} inputmode="decimal" ...${bind("fullAtLeast")} />
      <${Field} label=${say("Percent full, at most")} inputmode="decimal" ...${bind("fullAtMost")} />
      <${Field} label=${say("Format")} ...${bind("format")} />
      <${Field} label=${say("Seat type")} ...${bind("seatType")} />
      <${Field} label=${say("Ticket type")} ...${bind("ticketType")} />
    </div>
    <p class="hint">${say("What is empty does not matter; all that is filled in must hold.")}</p>
  </fieldset>`;

const Editor = ({ rule, currency, onDone, onClose }) => {
  const digits = digitsOf(currency);
  const [fields, setFields] = useState(() => fieldsOf(rule, digits));
  const [wrong, setWrong] = useState([]);
  const set = (changes) => setFields((before) => ({ ...before, ...changes }));
  const bind = (name) => ({ value: fields[name], onInput: (event) => set({ [name]: event.target.value }), error: wrong.includes(name) ? say("This cannot be read.") : null });
  const onSubmit = (event) => {
    event.preventDefault();
    const found = unreadable(fields);
    setWrong(found);
    if (!found.length) onDone(ruleOf(fields, digits));
  };
  return html`<${Dialog} title=${rule ? say("Change the rule") : say("Add a rule")} onClose=${onClose} wide>
    <form onSubmit=${onSubmit} novalidate>
      <${Field} label=${say("Name of the rule")} hint=${say("guests read it beside the price")} maxlength="80" ...${bind("name")} />
      <fieldset><legend>${say("Adjust")}</legend><div class="columns">
        <${Field} label=${say("How")} as="select" value=${fields.kind} onChange=${(event) => set({ kind: event.target.value })}>
          <option value="percent">${say("by percent")}</option><option value="amount">${say("by an amount")}</option><option value="setTo">${say("to a price")}</option>
        <//>
        <${Field} label=${fields.kind === "percent" ? say("Percent, minus for less") : fields.kind === "amount" ? say("Amount, minus for less") : say("Price")} inputmode="text" ...${bind("value")} />
        <${Field} label=${say("Not below")} inputmode="decimal" ...${bind("minPrice")} />
        <${Field} label=${say("Not above")} inputmode="decimal" ...${bind("maxPrice")} />
      </div></fieldset>
      <${When} fields=${fields} set=${set} bind=${bind} />
      <p class="actions"><${Button} kind="primary" type="submit">${say("Put it in the list")}<//></p>
    </form>
  <//>`;
};

/** The rules in words; `onChange(rules)` gets the whole list. Nothing is sent from here. */
export const RuleList = ({ rules, currency, onChange }) => {
  const [edited, setEdited] = useState(null); // an index; "new"
  const put = (rule) => {
    onChange(edited === "new" ? [...rules, rule] : rules.map((each, at) => (at === edited ? rule : each)));
    setEdited(null);
  };
  return html`
    ${!rules.length && html`<${Empty}>${say("No rules: prices do not move.")}<//>`}
    <ol class="rules">${rules.map((rule, at) => html`<li key=${at}>
      <div><b>${rule.name}</b><p>${say("When:")} ${whenText(rule) ?? say("always")}</p><p>${say("Then:")} ${adjustText(rule, currency)}</p></div>
      <div class="row">
        <${Button} kind="quiet" aria-label=${say("{name}: earlier", { name: rule.name })} disabled=${at === 0} onClick=${() => onChange(moved(rules, at, -1))}>↑<//>
        <${Button} kind="quiet" aria-label=${say("{name}: later", { name: rule.name })} disabled=${at === rules.length - 1} onClick=${() => onChange(moved(rules, at, 1))}>↓<//>
        <${Button} kind="quiet" aria-label=${say("{name}: change", { name: rule.name })} onClick=${() => setEdited(at)}>${say("Change")}<//>
        <${Button} kind="quiet" aria-label=${say("{name}: take away", { name: rule.name })} onClick=${() => onChange(rules.filter((_, each) => each !== at))}>×<//>
      </div>
    </li>`)}</ol>
    <p><${Button} onClick=${() => setEdited("new")}>${say("Add a rule")}<//></p>
    ${edited !== null && html`<${Editor} rule=${edited === "new" ? null : rules[edited]} currency=${currency} onDone=${put} onClose=${() => setEdited(null)} />`}`;
};
