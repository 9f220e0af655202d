// What support does for a booking: money back, an end, the mail once more. Each says first what will come of it.
import { useState } from "preact/hooks";
import { api } from "../../base/api.js";
import { digitsOf, minorUnits, money, seatLabel } from "../../base/format.js";
import { html } from "../../base/html.js";
import { explain } from "../../base/problems.js";
import { Button, Check, Dialog, Failure, Field, useWork } from "../../base/ui.js";
import { area } from "../../base/words.js";
import { reasonText } from "./states.js";

const say = await area("console_bookings");

explain({
  nothing_left: () => say("That is more than what is left to give back."),
  not_cancellable: ({ body }) => say("This booking cannot be cancelled: {reason}.", { reason: reasonText(body.reason ?? body.code) }),
  no_ticket: () => say("This booking has no ticket to send."),
});

/** What has been paid and what of it can still go back. */
export const leftOf = ({ payments, refunds }) => {
  const taken = payments.filter(({ status }) => ["succeeded", "partially_refunded", "refunded"].includes(status)).reduce((sum, { amount }) => sum + amount, 0);
  const back = refunds.filter(({ status }) => status !== "failed").reduce((sum, { amount }) => sum + amount, 0);
  return { paid: taken, back, left: Math.max(0, taken - back) };
};

const Choice = ({ name, value, current, onChoose, children }) => html`<div class="check"><input type="radio" id=${`${name}-${value}`} name=${name} checked=${current === value} onChange=${() => onChoose(value)} /><label for=${`${name}-${value}`}>${children}</label></div>`;

/** `onDone()` when the money is on its way. */
export const Refund = ({ booking, onDone, onClose }) => {
  const { left } = leftOf(booking);
  const digits = digitsOf(booking.currency);
  const [kind, setKind] = useState("all");
  const [amount, setAmount] = useState((left / 10 ** digits).toFixed(digits));
  const [seatIds, setSeatIds] = useState([]);
  const [reason, setReason] = useState("");
  const [refund, { busy, problem }] = useWork(async () => {
    const units = minorUnits(amount, booking.currency);
    if (kind === "some" && !(units > 0 && units <= left)) throw { message: say("Type an amount of at most {left}.", { left: money(left, booking.currency) }) };
    if (kind === "seats" && !seatIds.length) throw { message: say("Choose at least one seat.") };
    await api.post(`/api/admin/bookings/${booking.id}/refund`, { reason: reason.trim(), ...(kind === "some" && { amount: units }), ...(kind === "seats" && { seatIds }) });
    onDone(say("The refund is on its way."));
  });
  const toggle = (seatId) => setSeatIds(seatIds.includes(seatId) ? seatIds.filter((one) => one !== seatId) : [...seatIds, seatId]);
  const onSubmit = (event) => {
    event.preventDefault();
    refund();
  };
  return html`<${Dialog} title=${say("Refund")} onClose=${onClose}><form onSubmit=${onSubmit}>
    <p>${say("{left} can still be given back. The ticket stays as it is.", { left: money(left, booking.currency) })}</p>
    <fieldset><legend>${say("How much")}</legend>
      <${Choice} name="refund" value="all" current=${kind} onChoose=${setKind}>${say("All that is left: {left}", { left: money(left, booking.currency) })}<//>
      <${Choice} name="refund" value="seats" current=${kind} onChoose=${setKind}>${say("The price of some seats")}<//>
      <${Choice} name="refund" value="some" current=${kind} onChoose=${setKind}>${say("Another amount")}<//>
    </fieldset>
    ${kind === "seats" && html`<fieldset><legend>${say("Seats")}</legend>${booking.seats.map((seat) => html`<${Check} key=${seat.seatId} label=${`${seatLabel(seat)} · ${money(seat.price, booking.currency)}`} checked=${seatIds.includes(seat.seatId)} onChange=${() => toggle(seat.seatId)} />`)}</fieldset>`}
    ${kind === "some" && html`<${Field} label=${say("Amount")} inputmode="decimal" value=${amount} problem=${problem} path="amount" onInput=${(event) => setAmount(event.target.value)} />`}
    <${Field} label=${say("Reason")} hint=${say("For your colleagues and the audit")} required value=${reason} problem=${problem} path="reason" onInput=${(event) => setReason(event.target.value)} />
    <${Failure} problem=${problem} />
    <p class="actions"><${Button} kind="primary" type="submit" busy=${busy}>${say("Refund")}<//><${Button} kind="quiet" onClick=${onClose}>${say("Leave it")}<//></p>
  </form><//>`;
};

export const Cancel = ({ booking, onDone, onClose }) => {
  const { left } = leftOf(booking);
  const [refund, setRefund] = useState("full");
  const [reason, setReason] = useState("");
  const [cancel, { busy, problem }] = useWork(async () => {
    await api.post(`/api/admin/bookings/${booking.id}/cancel`, { reason: reason.trim(), refund });
    onDone(say("The booking is cancelled. The guest is told by mail."));
  });
  const onSubmit = (event) => {
    event.preventDefault();
    cancel();
  };
  return html`<${Dialog} title=${say("Cancel the booking")} onClose=${onClose}><form onSubmit=${onSubmit}>
    <p>${say("Its seats are free again, its ticket no longer admits, and the guest is told by mail.")}</p>
    <fieldset><legend>${say("What goes back")}</legend>
      <${Choice} name="cancel" value="full" current=${refund} onChoose=${setRefund}>${say("All that is left: {left}", { left: money(left, booking.currency) })}<//>
      <${Choice} name="cancel" value="policy" current=${refund} onChoose=${setRefund}>${say("What the theater's policy gives back now")}<//>
      <${Choice} name="cancel" value="none" current=${refund} onChoose=${setRefund}>${say("Nothing")}<//>
    </fieldset>
    <${Field} label=${say("Reason")} hint=${say("For your colleagues and the audit")} required value=${reason} problem=${problem} path="reason" onInput=${(event) => setReason(event.target.value)} />
    <${Failure} problem=${problem} />
    <p class="actions"><${Button} kind="danger" type="submit" busy=${busy}>${say("Cancel the booking")}<//><${Button} kind="quiet" onClick=${onClose}>${say("Leave it")}<//></p>
  </form><//>`;
};

export const Resend = ({ booking, onDone }) => {
  const [resend, { busy, problem }] = useWork(async () => {
    await api.post(`/api/admin/bookings/${booking.id}/resend`);
    onDone(say("The confirmation goes out again."));
  });
  return html`<${Button} busy=${busy} onClick=${resend}>${say("Send the ticket again")}<//><${Failure} problem=${problem} />`;
};
