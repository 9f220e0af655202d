// What the guest who bought may do with a booking: papers for the books, the mail once more, cancelling.
import { useState } from "preact/hooks";
import { api } from "../base/api.js";
import { html } from "../base/html.js";
import { explain } from "../base/problems.js";
import { Button, Failure, Notice, useWork } from "../base/ui.js";
import { area } from "../base/words.js";
import { Cancelling } from "./cancelling.js";
import { Paper } from "./entrance.js";

const say = await area("storefront");

explain({
  no_ticket: () => say("There is no valid ticket that could be sent."),
  no_invoice: () => say("The invoice is not ready yet. Try again in a moment."),
  no_credit_note: () => say("The credit note is not ready yet. Try again in a moment."),
});

const Resend = ({ booking }) => {
  const [isSent, setIsSent] = useState(false);
  const [resend, { busy, problem }] = useWork(async () => {
    await api.post(`/api/bookings/${booking.id}/resend`);
    setIsSent(true);
  });
  const tooOften = problem?.code === "rate_limited" && { message: say("It went out three times within an hour. Look into the spam folder, or try again later.") };
  return html`<${Button} busy=${busy} onClick=${resend}>${say("Send the mail again")}<//>
    ${isSent && html`<${Notice} kind="good">${say("It is on its way. The links in older mails end with it.")}<//>`}
    <${Failure} problem=${tooOften || problem} />`;
};

/** `changed(booking)` shows another state of it. */
export const OwnActions = ({ booking, changed }) => {
  const [isCancelling, setCancelling] = useState(false);
  const onCancelled = (cancelled) => {
    setCancelling(false);
    changed(cancelled);
  };
  const path = `/api/bookings/${booking.id}`;
  return html`<section class="own" aria-label=${say("What you can do")}>
    <p class="actions">
      ${booking.invoiceNumber && html`<${Paper} path=${`${path}/invoice.pdf`} name=${`invoice-${booking.reference}.pdf`}>${say("Invoice as PDF")}<//>`}
      ${booking.invoiceNumber && booking.refund?.amount > 0 && html`<${Paper} path=${`${path}/credit-note.pdf`} name=${`credit-note-${booking.reference}.pdf`}>${say("Credit note as PDF")}<//>`}
      ${booking.qrCode && html`<${Resend} booking=${booking} />`}
      ${booking.status === "confirmed" && html`<${Button} kind="danger" onClick=${() => setCancelling(true)}>${say("Cancel seats")}<//>`}
    </p>
    ${isCancelling && html`<${Cancelling} booking=${booking} onClose=${() => setCancelling(false)} onDone=${onCancelled} />`}
  </section>`;
};
