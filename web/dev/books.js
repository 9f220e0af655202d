// The providers' books, with what a guest, a bank or a shopkeeper may do at the provider.
import { useState } from "preact/hooks";
import { money } from "../base/format.js";
import { html } from "../base/html.js";
import { Button, Failure, Loading } from "../base/ui.js";
import { Pane, simulator, useLook } from "./looks.js";

const MOST = 25;
const newest = (items) => [...items].sort((a, b) => (b.created_at ?? b.created) - (a.created_at ?? a.created)).slice(0, MOST);
const razorpay = simulator("razorpay");
const stripe = simulator("stripe");

const Actions = ({ actions, done }) => {
  const [state, setState] = useState({ busy: null, problem: null });
  const act = async (name, work) => {
    setState({ busy: name, problem: null });
    try {
      await work();
      setState({ busy: null, problem: null });
    } catch (problem) {
      setState({ busy: null, problem });
    }
    done();
  };
  return html`<div class="row tight">
    ${actions.map(([name, work]) => html`<${Button} key=${name} class="small" busy=${state.busy === name} onClick=${() => act(name, work)}>${name}<//>`)}
  </div><${Failure} problem=${state.problem} />`;
};

const orderActions = (order, payments) => {
  const pay = (outcome) => () => razorpay.post(`_sim/orders/${order.id}/pay`, { outcome });
  const failed = payments.filter(({ status }) => status === "failed").at(-1);
  const captured = payments.filter((payment) => payment.status === "captured" && payment.amount_refunded < payment.amount).at(-1);
  return [
    ...(order.status === "paid" ? [] : [["Pay", pay("captured")], ["Authorise only", pay("authorized")], ["Fail", pay("failed")]]),
    ...(failed && order.status !== "paid" ? [["Authorise late", () => razorpay.post(`_sim/payments/${failed.id}/authorize-late`)]] : []),
    ...(captured ? [["Refund", () => razorpay.post(`_sim/payments/${captured.id}/refund`)]] : []),
  ];
};

const Razorpay = () => {
  const [books, problem, again] = useLook(() => razorpay.get("_sim/ledger"));
  const of = (order) => books.payments.filter((payment) => payment.order_id === order.id);
  return html`<${Pane} title="Razorpay" problem=${problem}>
    ${!books ? html`<${Loading} />` : !books.orders.length ? html`<p class="empty">No order yet.</p>` : html`<div class="scroll" role="group" tabindex="0" aria-label="Orders"><table>
      <thead><tr><th scope="col">Order</th><th scope="col">Amount</th><th scope="col">Payments</th></tr></thead>
      <tbody>${newest(books.orders).map((order) => html`<tr key=${order.id}>
        <td class="mono">${order.id}<br /><span class=${`badge ${order.status === "paid" ? "good" : ""}`}>${order.status}</span></td>
        <td class="number">${money(order.amount, order.currency)}</td>
        <td>${of(order).map((payment) => html`<div key=${payment.id}><span class="mono">${payment.id}</span> <span class="badge">${payment.status}</span>
          ${payment.amount_refunded > 0 && html` <span class="badge warn">${money(payment.amount_refunded, payment.currency)} back</span>`}</div>`)}
          <${Actions} actions=${orderActions(order, of(order))} done=${again} /></td>
      </tr>`)}</tbody>
    </table></div>`}
  <//>`;
};

const intentActions = (intent) => {
  const pay = (outcome) => () => stripe.post(`_sim/payment_intents/${intent.id}/pay`, { outcome });
  if (intent.status === "canceled") return [];
  if (intent.status === "succeeded") return [["Dispute", () => stripe.post(`_sim/payment_intents/${intent.id}/dispute`)]];
  return [["Pay", pay("succeeded")], ["Fail", pay("failed")], ["Processing", pay("processing")]];
};

const Stripe = () => {
  const [books, problem, again] = useLook(() => stripe.get("_sim/ledger"));
  const back = (intent) => books.refunds.filter((refund) => refund.payment_intent === intent.id).reduce((sum, { amount }) => sum + amount, 0);
  return html`<${Pane} title="Stripe" problem=${problem}>
    ${!books ? html`<${Loading} />` : !books.payment_intents.length ? html`<p class="empty">No payment intent yet.</p>` : html`<div class="scroll" role="group" tabindex="0" aria-label="Payment intents"><table>
      <thead><tr><th scope="col">Payment intent</th><th scope="col">Amount</th><th scope="col">Refunded</th><th scope="col">Do</th></tr></thead>
      <tbody>${newest(books.payment_intents).map((intent) => html`<tr key=${intent.id}>
        <td class="mono">${intent.id}<br /><span class=${`badge ${intent.status === "succeeded" ? "good" : ""}`}>${intent.status}</span></td>
        <td class="number">${money(intent.amount, intent.currency.toUpperCase())}</td>
        <td class="number">${back(intent) ? money(back(intent), intent.currency.toUpperCase()) : ""}</td>
        <td><${Actions} actions=${intentActions(intent)} done=${again} /></td>
      </tr>`)}</tbody>
    </table></div>`}
  <//>`;
};

export const Books = () => html`<${Razorpay} /><${Stripe} />`;
