// Cancelling some or all seats: what comes back is shown first, and that much is what the guest agrees to.
import { useState } from "preact/hooks";
import { api, withQuery } from "../base/api.js";
import { dayAndClock, money, number, seatLabel } from "../base/format.js";
import { html } from "../base/html.js";
import { explain } from "../base/problems.js";
import { Button, Check, Dialog, Failure, Loading, Notice, useLoaded, useWork } from "../base/ui.js";
import { area } from "../base/words.js";

const say = await area("storefront");

const REASONS = {
  pending: () => say("It is not paid yet: let the seats go instead, or wait until the order ends by itself."),
  too_late: () => say("It is too late: by the theater's rules these seats cannot be cancelled any more."),
  checked_in: () => say("Somebody went in with this ticket, so it cannot be cancelled any more."),
  disputed: () => say("There is a dispute about this payment at your bank. Until it ends, nothing can be cancelled here."),
};

explain({
  not_cancellable: ({ body }) => REASONS[body.reason]?.() ?? say("This booking cannot be cancelled any more."),
  refund_changed: ({ body }) => say("Meanwhile the refund changed to {amount}. Look at it again before you cancel.", { amount: money(body.refund, body.currency) }),
});

const Quote = ({ quote, timezone }) => {
  const { paid, kept, refund, currency, tier, feesRefunded, validUntil } = quote;
  const amount = (value) => money(value, currency);
  return html`<div class="quote" role="status">
    <table class="prices"><tbody>
      <tr><th scope="row">${say("Paid for these seats")}</th><td class="number">${amount(paid)}</td></tr>
      <tr><th scope="row">${say("The theater keeps")}</th><td class="number">${amount(kept)}</td></tr>
      <tr class="total"><th scope="row">${say("You get back")}</th><td class="number">${amount(refund)}</td></tr>
    </tbody></table>
    <p class="soft small">
      ${say("{share} % of the price comes back.", { share: number(tier.refundPercent) })} ${feesRefunded || kept === 0 ? "" : say("Fees stay with the theater.")}
      ${" "}${say("This counts until {time}.", { time: dayAndClock(validUntil, timezone) })}
    </p>
  </div>`;
};

const Choice = ({ seats, chosen, toggle }) => html`<fieldset>
  <legend>${say("Which seats?")}</legend>
  ${seats.map((seat) => html`<${Check} key=${seat.seatId} label=${say("Seat {seat}", { seat: seatLabel(seat) })} checked=${chosen.includes(seat.seatId)} onChange=${() => toggle(seat.seatId)} />`)}
</fieldset>`;

/** The dialog; `onDone(booking)` gets the booking as it is afterwards. */
export const Cancelling = ({ booking, onClose, onDone }) => {
  const seats = booking.seats.filter(({ status }) => status === "booked");
  const ids = seats.map(({ seatId }) => seatId);
  const [chosen, setChosen] = useState(ids);
  const path = `/api/bookings/${booking.id}`;
  const quoted = useLoaded(
    async (signal) => (chosen.length ? { quote: await api.get(withQuery(`${path}/cancel-quote`, { seatIds: chosen.join(",") }), { signal }), of: chosen } : { quote: null, of: chosen }),
    [chosen.join()],
  );
  const [cancel, { busy, problem }] = useWork(async () => {
    try {
      const seatIds = chosen.length < ids.length ? chosen : undefined;
      onDone(await api.post(`${path}/cancel`, { ...(seatIds && { seatIds }), expectedRefund: quoted.value.quote.refund }, { key: null, repeats: 2 }));
    } catch (refused) {
      if (refused.code === "refund_changed") quoted.reload();
      throw refused;
    }
  });
  const toggle = (id) => setChosen((before) => ids.filter((one) => (one === id ? !before.includes(id) : before.includes(one))));
  const quote = quoted.value?.of === chosen && !quoted.isLoading ? quoted.value.quote : null;
  const isFinal = quoted.problem?.code === "not_cancellable";
  return html`<${Dialog} title=${say("Cancel seats")} onClose=${onClose}>
    ${seats.length > 1 && !isFinal && html`<${Choice} seats=${seats} chosen=${chosen} toggle=${toggle} />`}
    ${quote ? html`<${Quote} quote=${quote} timezone=${booking.showtime.timezone} />` : chosen.length && !quoted.problem ? html`<${Loading} lines=${3} />` : null}
    ${!chosen.length && html`<${Notice}>${say("Choose at least one seat.")}<//>`}
    <${Failure} problem=${quoted.problem} again=${isFinal ? null : quoted.reload} />
    <${Failure} problem=${problem} />
    <p class="actions">
      ${!isFinal && html`<${Button} kind="danger" busy=${busy} disabled=${!quote} onClick=${cancel}>${quote ? say("Cancel and get {amount} back", { amount: money(quote.refund, quote.currency) }) : say("Cancel")}<//>`}
      <${Button} onClick=${onClose}>${say("Keep the seats")}<//>
    </p>
  <//>`;
};
