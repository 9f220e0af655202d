// How a sale is paid: cash with change, the card terminal with its reference, or not at all.
import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../../base/api.js";
import { countdown, digitsOf, minorUnits, money, seatLabel } from "../../base/format.js";
import { html } from "../../base/html.js";
import { remaining } from "../../base/remaining.js";
import { user } from "../../base/session.js";
import { Button, Failure, Field, useWork } from "../../base/ui.js";
import { area } from "../../base/words.js";

const say = await area("console_counter");
const NOTES = [50, 100, 200, 500, 1000, 2000, 5000]; // what people hand over is a multiple of one of these

const useSecondsLeft = (hold) => {
  const [left] = useState(() => remaining(hold));
  const [seconds, setSeconds] = useState(left);
  useEffect(() => {
    const timer = setInterval(() => setSeconds(left()), 500);
    return () => clearInterval(timer);
  }, [left]);
  return seconds;
};

/** What a guest is likely to hand over for an amount: the amount, and up to three sums of notes above it. */
const handedOver = (amount, currency) => {
  const unit = 10 ** digitsOf(currency);
  const sums = NOTES.map((note) => Math.ceil(amount / (note * unit)) * note * unit);
  return [amount, ...[...new Set(sums)].filter((sum) => sum > amount).sort((one, other) => one - other).slice(0, 3)];
};

const Lines = ({ quote }) => html`<table class="sale">
  <caption class="hidden">${say("What is sold")}</caption>
  <tbody>
    ${quote.lines.map((line) => html`<tr key=${line.seatId}><th scope="row">${seatLabel(line)}</th><td>${line.ticket?.label ?? line.ticketType}</td><td class="number">${money(line.price, quote.currency)}</td></tr>`)}
    ${[...quote.feeLines, ...quote.taxLines].map(({ name, amount }) => html`<tr key=${name}><th scope="row">${name}</th><td></td><td class="number">${money(amount, quote.currency)}</td></tr>`)}
  </tbody>
</table>`;

const Cash = ({ quote, received, onReceived, problem }) => {
  const given = minorUnits(received, quote.currency);
  const change = given - quote.total;
  const shown = (amount) => (amount / 10 ** digitsOf(quote.currency)).toFixed(digitsOf(quote.currency));
  return html`<${Field} label=${say("Received")} inputmode="decimal" autocomplete="off" value=${received} problem=${problem} path="received" onInput=${(event) => onReceived(event.target.value)} />
    <div class="chips" role="group" aria-label=${say("Likely amounts")}>
      ${handedOver(quote.total, quote.currency).map((amount) =>
        html`<button type="button" key=${amount} class="chip" aria-pressed=${given === amount} onClick=${() => onReceived(shown(amount))}>${amount === quote.total ? say("Exactly") : money(amount, quote.currency, { short: true })}</button>`)}
    </div>
    <p class="change" role="status">${given >= quote.total ? say("Change: {amount}", { amount: money(change, quote.currency) }) : ""}</p>`;
};

/** `onSold(sale)` gets what the counter call answered, `onBack()` lets the seats go. */
export const Paying = ({ hold, onSold, onBack }) => {
  const { quote } = hold;
  const manages = user.value.roles.some((role) => role === "manager" || role === "admin");
  const [tender, setTender] = useState("cash");
  const [received, setReceived] = useState("");
  const [reference, setReference] = useState("");
  const [email, setEmail] = useState("");
  const [phone, setPhone] = useState("");
  const left = useSecondsLeft(hold);
  const heading = useRef(null);
  useEffect(() => heading.current?.focus(), []);
  const [sell, { busy, problem }] = useWork(async () => {
    const customer = { ...(email.trim() && { email: email.trim() }), ...(phone.trim() && { phone: phone.replace(/[\s()-]/g, "") }) };
    const given = received.trim() === "" ? quote.total : minorUnits(received, quote.currency);
    if (tender === "cash" && Number.isNaN(given)) throw { message: say("Type the amount that you received as a number.") };
    onSold(await api.post("/api/payments/counter", {
      holdId: hold.id, tender, ...(tender === "cash" && { received: given }), ...(tender === "card_terminal" && { reference: reference.trim() }),
      ...(Object.keys(customer).length && { customer }),
    }));
  });
  const tenders = { cash: say("Cash"), card_terminal: say("Card terminal"), ...(manages && { complimentary: say("Complimentary") }) };
  const due = tender === "complimentary" ? 0 : quote.total;
  const onSubmit = (event) => {
    event.preventDefault();
    sell();
  };
  if (left <= 0) {
    return html`<${Failure} problem=${{ message: say("The seats were held for too long and are free again. Choose once more.") }}><p><${Button} onClick=${onBack}>${say("Choose seats")}<//></p><//>`;
  }
  return html`<form class="split" onSubmit=${onSubmit}>
    <section class="card" aria-labelledby="sold"><h2 id="sold" ref=${heading} tabindex="-1">${say("What is sold")}</h2><${Lines} quote=${quote} />
      <p class="due"><span>${say("To pay")}</span> <strong>${money(due, quote.currency)}</strong></p>
      <p class="soft small">${say("The seats are held for {time}.", { time: countdown(left) })}</p>
    </section>
    <section class="card" aria-labelledby="paid"><h2 id="paid">${say("How it is paid")}</h2>
      <div class="chips" role="group" aria-labelledby="paid">${Object.entries(tenders).map(([name, text]) =>
        html`<button type="button" key=${name} class="chip" aria-pressed=${tender === name} onClick=${() => setTender(name)}>${text}</button>`)}</div>
      <div class="tender">
        ${tender === "cash" && html`<${Cash} quote=${quote} received=${received} onReceived=${setReceived} problem=${problem} />`}
        ${tender === "card_terminal" && html`<${Field} label=${say("Reference on the terminal's slip")} required autocomplete="off" value=${reference} problem=${problem} path="reference" onInput=${(event) => setReference(event.target.value)} />`}
        ${tender === "complimentary" && html`<p class="soft">${say("Given away. The sale is in the reports as complimentary, under your name.")}</p>`}
      </div>
      <details><summary>${say("Send the ticket, too")}</summary>
        <${Field} label=${say("E-mail")} type="email" autocomplete="off" value=${email} problem=${problem} path="customer.email" onInput=${(event) => setEmail(event.target.value)} />
        <${Field} label=${say("Phone, with the country's number")} type="tel" autocomplete="off" placeholder="+91 …" value=${phone} problem=${problem} path="customer.phone" onInput=${(event) => setPhone(event.target.value)} />
      </details>
      <${Failure} problem=${problem} />
      <p class="actions"><${Button} kind="primary" type="submit" class="block" busy=${busy}>${due ? say("Sell for {amount}", { amount: money(due, quote.currency) }) : say("Give away")}<//>
        <${Button} kind="quiet" class="block" disabled=${busy} onClick=${onBack}>${say("Other seats")}<//></p>
    </section>
  </form>`;
};
